#include "sim/player_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

static void say_job(struct player *player, const struct job *job)
{
    const struct origin *origin = &job->work.origin;
    (void)fprintf(player->out, "    %s %.*s/%d@%lld ", player->name, STR_ARGS(origin->topic),
                  origin->partition, (long long)origin->offset);
}

void player_say(struct player *player, const struct job *job, const char *format, ...)
{
    say_job(player, job);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(player->out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', player->out);
}

void player_step(struct player *player, struct event event)
{
    event.now = player->now;
    event.wall_ms = player->world->now_ms;
    engine_step(&player->engine, &event);
}

static void trace(void *context, const struct job *job, enum job_state from)
{
    if (job->state == JOB_BACKOFF)
        player_say(context, job, "backs off: %s", job->why);
    if (job->state == JOB_GATED && from != JOB_GATED)
        player_say(context, job, "stands at the gate");
}

void player_start(struct player *player, struct world *world, FILE *out, struct str name,
                  uint64_t writer)
{
    *player = (struct player){.world = world, .out = out};
    (void)snprintf(player->name, sizeof(player->name), "%.*s", STR_ARGS(name));
    struct engine_limits limits = {
        .jobs_max = PLAYER_JOBS_MAX,
        .hold_max_ms = 15000,
        .give_up_after_ms = 86400000,
        .quota_wait_ms = 3600000,
        .late_effect_ms = LATE_EFFECT_MS,
        .writer = writer,
        .seed = writer,
    };
    player->memory = malloc(engine_bytes(&limits));
    assert(player->memory != NULL);
    engine_init(&player->engine, &limits, player->memory);
    player->engine.places.trace = trace;
    player->engine.places.trace_context = player;
}

void player_crash(struct player *player)
{
    for (size_t i = 0; i < player->assignment_count; i++)
        free(player->assignments[i].partition);
    free(player->memory);
    *player = (struct player){0};
}

void player_assign(struct player *player, struct world_partition *partition)
{
    assert(player->assignment_count < PLAYER_PARTITIONS_MAX);
    struct player_assignment *assignment = &player->assignments[player->assignment_count++];
    *assignment = (struct player_assignment){.of = partition, .position = partition->committed};
    assignment->partition = malloc(sizeof(*assignment->partition));
    assert(assignment->partition != NULL);
    partition_init(assignment->partition);
}

static struct player_assignment *assignment_of(struct player *player,
                                               const struct world_partition *partition)
{
    for (size_t i = 0; i < player->assignment_count; i++) {
        if (player->assignments[i].of == partition && !player->assignments[i].partition->has_gone)
            return &player->assignments[i];
    }
    assert(!"a partition that is not assigned");
    return NULL;
}

void player_drain(struct player *player, struct world_partition *partition)
{
    player_step(player, (struct event){.kind = EVENT_DRAIN,
                                       .partition = assignment_of(player, partition)->partition});
    player_settle(player);
}

void player_drain_all(struct player *player)
{
    for (size_t i = 0; i < player->assignment_count; i++) {
        if (!player->assignments[i].partition->has_gone)
            player_drain(player, player->assignments[i].of);
    }
    player_step(player, (struct event){.kind = EVENT_DRAIN});
    player_settle(player);
}

void player_leave(struct player *player)
{
    player_step(player, (struct event){.kind = EVENT_DEADLINE});
    player_settle(player);
}

void player_revoke(struct player *player, struct world_partition *partition)
{
    player_step(player, (struct event){.kind = EVENT_GONE,
                                       .partition = assignment_of(player, partition)->partition});
    player_settle(player);
}

static void take_record(struct player *player, struct partition *partition,
                        struct world_record *record, const struct parked *parked)
{
    static const struct dead undecodable = {.reason = DEAD_INVALID_EVENT,
                                            .message = "invalid JSON"};
    player_step(player, (struct event){
                            .kind = EVENT_RECORD,
                            .record.partition = partition,
                            .record.parked = parked,
                            .record.record = &record->record,
                            .record.input = record->is_undecodable ? NULL : &record->input,
                            .record.dead = record->is_undecodable ? &undecodable : NULL,
                        });
}

size_t player_take_due(struct player *player, size_t room)
{
    enum { LEASE_MS = 60000 };
    size_t count = 0;
    while (count < room && engine_room(&player->engine)) {
        struct appid left_alone[WORLD_COMPONENTS_MAX];
        size_t left_alone_count = engine_shut_components(&player->engine, player->now, left_alone,
                                                         WORLD_COMPONENTS_MAX);
        struct world_parked *due = world_claim(player->world, LEASE_MS, left_alone,
                                               left_alone_count);
        if (!due)
            break;
        const struct origin *origin = &due->record->record.origin;
        (void)fprintf(player->out, "    %s takes the parked %.*s/%d@%lld\n", player->name,
                      STR_ARGS(origin->topic), origin->partition, (long long)origin->offset);
        if (!engine_renews(&player->engine, origin, due->parked.revision))
            take_record(player, NULL, due->record, &due->parked);
        count++;
    }
    player_settle(player);
    return count;
}

size_t player_poll(struct player *player, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < player->assignment_count; i++) {
        struct player_assignment *assignment = &player->assignments[i];
        while (count < room && engine_room(&player->engine) &&
               !assignment->partition->is_draining &&
               assignment->position < (int64_t)assignment->of->record_count) {
            take_record(player, assignment->partition,
                        &assignment->of->records[assignment->position++], NULL);
            count++;
        }
    }
    player_settle(player);
    return count;
}

static struct str bar_word(struct bar_id bar)
{
    switch (bar.kind) {
    case OBSTACLE_COMPONENT_TOKEN:
        return STR("token");
    case OBSTACLE_CONFIGURATION:
        return STR("configuration");
    case OBSTACLE_QUOTA:
        return wechat_call_name(bar.call);
    case OBSTACLE_THROTTLE:
        break;
    }
    return STR("throttle");
}

static void say_gate_events(struct player *player)
{
    struct gate_event event;
    while (engine_take_gate_event(&player->engine, &event)) {
        struct str component = appid_str(&event.component);
        if (event.kind == GATE_DOUBTS)
            (void)fprintf(player->out, "    %s doubts the withdrawals of %.*s\n", player->name,
                          STR_ARGS(component));
        else
            (void)fprintf(player->out, "    %s %s the gate of %.*s (%.*s)\n", player->name,
                          event.kind == GATE_SHUT ? "shuts" : "opens", STR_ARGS(component),
                          STR_ARGS(bar_word(event.bar)));
    }
}

static void commit(struct player *player, struct player_assignment *assignment)
{
    int64_t position = frontier_position(&assignment->partition->frontier);
    if (assignment->partition->has_gone || position == FRONTIER_NONE ||
        position == assignment->of->committed)
        return;
    assignment->of->committed = position;
    (void)fprintf(player->out, "    %s commits %s/%d up to %lld\n", player->name,
                  assignment->of->topic, assignment->of->number, (long long)position);
}

void player_settle(struct player *player)
{
    struct job *job;
    while ((job = engine_ended(&player->engine))) {
        player_say(player, job, "ends: %.*s", STR_ARGS(outcome_word(job->outcome)));
        engine_release(&player->engine, job);
    }
    say_gate_events(player);
    for (size_t i = 0; i < player->assignment_count; i++)
        commit(player, &player->assignments[i]);
}

static bool move_once(struct player *player)
{
    static const struct player_fortune well = {.fate = FATE_WELL};
    size_t moved = player_poll(player, SIZE_MAX);
    moved += player_load(player, well, SIZE_MAX);
    moved += player_send(player, well, SIZE_MAX);
    moved += player_answer(player, SIZE_MAX);
    moved += player_store(player, well, SIZE_MAX);
    moved += player_publish(player, well, SIZE_MAX);
    moved += player_park(player, well, SIZE_MAX);
    moved += player_unpark(player, well, SIZE_MAX);
    moved += player_take_due(player, SIZE_MAX);
    return moved != 0;
}

/* When something is to be done again, by the player's clock. What is due and left alone is asked
 * for once a second. */
static ms_t next_due(struct player *player)
{
    enum { CLAIM_EVERY_MS = 1000 };
    ms_t due = engine_due(&player->engine);
    const struct world_parked *parked = world_first_parked(player->world);
    if (!parked)
        return due;
    ms_t wait_ms = parked->due_ms - player->world->now_ms;
    ms_t of_parked = player->now + (wait_ms > 0 ? wait_ms : CLAIM_EVERY_MS);
    return of_parked < due ? of_parked : due;
}

void player_run(struct player *player, ms_t ms)
{
    ms_t end = player->now + ms;
    for (;;) {
        while (move_once(player))
            continue;
        ms_t due = next_due(player);
        if (due > end)
            break;
        player->world->now_ms += due - player->now;
        player->now = due;
        player_step(player, (struct event){.kind = EVENT_TICK});
    }
    player->world->now_ms += end - player->now;
    player->now = end;
}
