#include "sim/player.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "wire/dead.h"

static void say_job(struct player *player, const struct job *job)
{
    const struct origin *origin = &job->work.origin;
    (void)fprintf(player->out, "    %s %.*s/%d@%lld ", player->name, STR_ARGS(origin->topic),
                  origin->partition, (long long)origin->offset);
}

__attribute__((format(printf, 3, 4))) static void say(struct player *player, const struct job *job,
                                                      const char *format, ...)
{
    say_job(player, job);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(player->out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', player->out);
}

static void trace(void *context, const struct job *job, enum job_state from)
{
    if (job->state == JOB_BACKOFF)
        say(context, job, "backs off: %s", job->why);
    if (job->state == JOB_GATED && from != JOB_GATED)
        say(context, job, "stands at the gate");
}

static void step(struct player *player, struct event event)
{
    event.now = player->now;
    event.wall_ms = player->world->now_ms;
    engine_step(&player->engine, &event);
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
        .writer = writer,
        .seed = writer,
    };
    player->memory = malloc(engine_bytes(&limits));
    assert(player->memory != NULL);
    engine_init(&player->engine, &limits, player->memory);
    player->engine.trace = trace;
    player->engine.trace_context = player;
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
    step(player, (struct event){.kind = EVENT_DRAIN,
                                .partition = assignment_of(player, partition)->partition});
    player_settle(player);
}

void player_revoke(struct player *player, struct world_partition *partition)
{
    step(player, (struct event){.kind = EVENT_GONE,
                                .partition = assignment_of(player, partition)->partition});
    player_settle(player);
}

static void take_record(struct player *player, struct player_assignment *assignment)
{
    static const struct dead undecodable = {.reason = DEAD_INVALID_EVENT,
                                            .message = "invalid JSON"};
    struct world_record *record = &assignment->of->records[assignment->position++];
    step(player, (struct event){
                     .kind = EVENT_RECORD,
                     .record.partition = assignment->partition,
                     .record.record = &record->record,
                     .record.input = record->is_undecodable ? NULL : &record->input,
                     .record.dead = record->is_undecodable ? &undecodable : NULL,
                 });
}

size_t player_poll(struct player *player, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < player->assignment_count; i++) {
        struct player_assignment *assignment = &player->assignments[i];
        while (count < room && engine_room(&player->engine) &&
               !assignment->partition->is_draining &&
               assignment->position < (int64_t)assignment->of->record_count) {
            take_record(player, assignment);
            count++;
        }
    }
    player_settle(player);
    return count;
}

static size_t take(struct player *player, enum effect effect, struct job **jobs, size_t room)
{
    size_t most = room < PLAYER_JOBS_MAX ? room : PLAYER_JOBS_MAX;
    return engine_take(&player->engine, effect, jobs, most, player->world->now_ms / MS_PER_S);
}

static void load(struct player *player, struct job *job, struct player_fortune fortune)
{
    struct world *world = player->world;
    const struct input *input = &job->work.input;
    if (fortune.fate != FATE_WELL) {
        enum event_kind kind = fortune.fate == FATE_REFUSED ? EVENT_LOAD_BROKEN : EVENT_LOAD_UNSENT;
        say(player, job, "cannot load");
        step(player, (struct event){.kind = kind, .job = job});
        return;
    }
    static const struct authorizer absent = {.version = VERSION_ABSENT};
    struct world_row *row = str_is_empty(input->code)
                                ? NULL
                                : world_find_digest(world, input->code_digest);
    if (!row)
        row = world_find_row(world, appid_str(&input->authorizer));
    if (row)
        say(player, job, "loads %.*s at version %lld", STR_ARGS(appid_str(&row->row.authorizer)),
            (long long)row->row.version);
    else
        say(player, job, "loads no row");
    step(player, (struct event){
                     .kind = EVENT_ROW,
                     .job = job,
                     .row.row = row ? &row->row : &absent,
                     .row.component_token = str_of(world->component_token_in_database),
                 });
}

size_t player_load(struct player *player, struct player_fortune fortune, size_t room)
{
    struct job *jobs[PLAYER_JOBS_MAX];
    size_t count = take(player, EFFECT_LOAD, jobs, room);
    for (size_t i = 0; i < count; i++)
        load(player, jobs[i], fortune);
    player_settle(player);
    return count;
}

static void queue_answer(struct player *player, struct job *job, const struct answer *answer)
{
    assert(player->answer_count < PLAYER_JOBS_MAX);
    struct player_answer *queued = &player->answers[player->answer_count++];
    *queued = (struct player_answer){.job = job, .answer = *answer};
    (void)snprintf(queued->access_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->access_token));
    (void)snprintf(queued->refresh_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->refresh_token));
}

static void send_request(struct player *player, struct job *job, struct player_fortune fortune)
{
    struct wechat_request request = {
        .call = job->next.call,
        .component_token = job->work.component_token,
        .authorizer_appid = appid_str(&job->work.input.authorizer),
        .secret = job->next.secret,
    };
    struct answer answer = {.kind = ANSWER_UNSENT};
    say(player, job, "calls %.*s with %.*s", STR_ARGS(wechat_call_name(request.call)),
        STR_ARGS(str_is_empty(request.secret) ? request.authorizer_appid : request.secret));
    if (fortune.fate == FATE_REFUSED)
        answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = fortune.errcode};
    else if (fortune.fate != FATE_UNSENT)
        world_call(player->world, &request, &answer);
    if (fortune.fate == FATE_LOST)
        answer = (struct answer){.kind = ANSWER_LOST};
    queue_answer(player, job, &answer);
}

size_t player_send(struct player *player, struct player_fortune fortune, size_t room)
{
    struct job *jobs[PLAYER_JOBS_MAX];
    size_t count = take(player, EFFECT_CALL, jobs, room);
    for (size_t i = 0; i < count; i++)
        send_request(player, jobs[i], fortune);
    return count;
}

static void say_answer(struct player *player, const struct player_answer *answer)
{
    switch (answer->answer.kind) {
    case ANSWER_DONE:
        say(player, answer->job, "is answered%s%s%s%s", answer->access_token[0] ? " access=" : "",
            answer->access_token, answer->refresh_token[0] ? " refresh=" : "",
            answer->refresh_token);
        return;
    case ANSWER_REFUSED:
        say(player, answer->job, "is refused with %d", answer->answer.errcode);
        return;
    case ANSWER_LOST:
    case ANSWER_GARBLED:
        say(player, answer->job, "gets no answer");
        return;
    case ANSWER_UNSENT:
        say(player, answer->job, "reaches nobody");
        return;
    }
}

size_t player_answer(struct player *player, size_t room)
{
    size_t count = room < player->answer_count ? room : player->answer_count;
    for (size_t i = 0; i < count; i++) {
        struct player_answer answer = player->answers[0];
        player->answer_count--;
        memmove(player->answers, player->answers + 1, player->answer_count * sizeof(answer));
        answer.answer.access_token = str_of(answer.access_token);
        answer.answer.refresh_token = str_of(answer.refresh_token);
        say_answer(player, &answer);
        step(player,
             (struct event){.kind = EVENT_ANSWER, .job = answer.job, .answer = &answer.answer});
    }
    player_settle(player);
    return count;
}

static void store(struct player *player, struct job *job, struct player_fortune fortune)
{
    const struct change *change = &job->work.change;
    struct event event = {.kind = EVENT_STORE_UNSENT, .job = job};
    int64_t version = 0;
    bool is_written = fortune.fate != FATE_UNSENT && fortune.fate != FATE_REFUSED &&
                      world_store(player->world, change, &version);
    if (is_written)
        say(player, job, "writes %.*s version %lld %.*s%s%.*s",
            STR_ARGS(appid_str(&change->authorizer)), (long long)version,
            STR_ARGS(status_word(change->status)), change->access_token.at ? " access=" : "",
            STR_ARGS(change->access_token));
    else
        say(player, job, "does not write on version %lld", (long long)change->version_read);

    if (fortune.fate == FATE_LOST)
        event.kind = EVENT_STORE_UNKNOWN;
    else if (fortune.fate == FATE_REFUSED)
        event.kind = EVENT_STORE_BROKEN;
    else if (fortune.fate == FATE_WELL)
        event.kind = is_written ? EVENT_STORED : EVENT_STORE_REFUSED;
    event.stored.version = version;
    event.stored.updated_at_us = player->world->now_ms * 1000;
    step(player, event);
}

size_t player_store(struct player *player, struct player_fortune fortune, size_t room)
{
    struct job *jobs[PLAYER_JOBS_MAX];
    size_t count = take(player, EFFECT_STORE, jobs, room);
    for (size_t i = 0; i < count; i++)
        store(player, jobs[i], fortune);
    player_settle(player);
    return count;
}

static void publish(struct player *player, struct job *job, struct player_fortune fortune)
{
    const struct authorizer *row = &job->work.row;
    struct str name = appid_str(&row->authorizer);
    if (fortune.fate == FATE_REFUSED || fortune.fate == FATE_UNSENT) {
        say(player, job, "is not acknowledged");
        step(player, (struct event){.kind = EVENT_PUBLISH_FAILED, .job = job});
        return;
    }
    if (job->publication == PUBLISH_DEAD_LETTER) {
        say(player, job, "dead letter %.*s: %s", STR_ARGS(dead_reason_word(job->dead.reason)),
            job->dead.message);
    } else {
        bool in_order = world_announce(player->world, name, row->version);
        say(player, job, "announces %.*s version %lld%s", STR_ARGS(name), (long long)row->version,
            in_order ? "" : " OUT OF ORDER");
    }
    step(player, (struct event){.kind = EVENT_PUBLISHED, .job = job});
}

size_t player_publish(struct player *player, struct player_fortune fortune, size_t room)
{
    struct job *jobs[PLAYER_JOBS_MAX];
    size_t count = take(player, EFFECT_PUBLISH, jobs, room);
    for (size_t i = 0; i < count; i++)
        publish(player, jobs[i], fortune);
    player_settle(player);
    return count;
}

static void say_notices(struct player *player)
{
    struct notice notice;
    while (engine_take_notice(&player->engine, &notice))
        (void)fprintf(player->out, "    %s %s the gate of %.*s\n", player->name,
                      notice.is_shut ? "shuts" : "opens", STR_ARGS(appid_str(&notice.component)));
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
        say(player, job, "ends: %.*s", STR_ARGS(outcome_word(job->outcome)));
        engine_release(&player->engine, job);
    }
    say_notices(player);
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
    return moved != 0;
}

void player_run(struct player *player, ms_t ms)
{
    ms_t end = player->now + ms;
    for (;;) {
        while (move_once(player))
            continue;
        ms_t due = engine_due(&player->engine);
        if (due > end)
            break;
        player->world->now_ms += due - player->now;
        player->now = due;
        step(player, (struct event){.kind = EVENT_TICK});
    }
    player->world->now_ms += end - player->now;
    player->now = end;
}
