#include <assert.h>
#include <stdlib.h>

#include "sim/storm_parts.h"

void worker_say(struct storm *storm, const struct storm_worker *worker, const struct job *job,
                const char *what)
{
    const struct origin *origin = &job->work.origin;
    storm_say(storm, "%s %.*s/%d@%lld %s", worker->name, STR_ARGS(origin->topic), origin->partition,
              (long long)origin->offset, what);
}

struct trace_context {
    struct storm *storm;
    struct storm_worker *worker;
};

struct storm_book *worker_book(struct storm_worker *worker, const struct job *job)
{
    const struct pool *pool = &worker->engine.jobs;
    return &worker->books[(size_t)((const char *)job - pool->memory) / pool->slot_bytes];
}

void worker_start(struct storm *storm, struct storm_worker *worker)
{
    *worker = (struct storm_worker){.writer = ++storm->writers};
    (void)snprintf(worker->name, sizeof(worker->name), "W%llu", (unsigned long long)worker->writer);
    struct engine_limits limits = {
        .jobs_max = 3 + (size_t)storm_draw(storm, STORM_JOBS_MAX - 2),
        .hold_max_ms = storm_draw(storm, 3) ? 15000 : 1 + (ms_t)storm_draw(storm, 100000),
        .give_up_after_ms = storm_draw(storm, 3) ? 1200000 : 1 + (ms_t)storm_draw(storm, 200000),
        .quota_wait_ms = storm_draw(storm, 3) ? 600000 : 1 + (ms_t)storm_draw(storm, 3600000),
        .late_effect_ms = storm->late_effect_ms,
        .writer = worker->writer,
        .seed = worker->writer,
    };
    worker->memory = malloc(engine_bytes(&limits));
    assert(worker->memory != NULL);
    engine_init(&worker->engine, &limits, worker->memory);
    storm_say(storm, "%s starts with room for %zu", worker->name, limits.jobs_max);
}

void worker_free(struct storm_worker *worker)
{
    free(worker->memory);
    *worker = (struct storm_worker){0};
}

struct storm_assignment *worker_assignment(struct storm_worker *worker,
                                           const struct world_partition *of)
{
    for (size_t i = 0; i < STORM_ASSIGNMENTS_MAX; i++) {
        struct storm_assignment *assignment = &worker->assignments[i];
        if (assignment->of == of && !assignment->partition.has_gone)
            return assignment;
    }
    return NULL;
}

void worker_assign(struct storm *storm, struct storm_worker *worker, struct world_partition *of)
{
    struct storm_assignment *assignment = worker_assignment(worker, NULL);
    assert(assignment != NULL);
    *assignment = (struct storm_assignment){.of = of, .position = of->committed};
    partition_init(&assignment->partition);
    storm->owners[of - storm->world.partitions] = worker;
    storm_say(storm, "%s is assigned %s/%d from %lld", worker->name, of->topic, of->number,
              (long long)of->committed);
}

static void commit(struct storm *storm, struct storm_worker *worker,
                   struct storm_assignment *assignment)
{
    struct world_partition *of = assignment->of;
    const struct partition *partition = &assignment->partition;
    if (partition->has_gone && partition_is_idle(partition)) {
        *assignment = (struct storm_assignment){0};
        return;
    }
    int64_t position = frontier_position(&partition->frontier);
    if (position != FRONTIER_NONE && partition_is_idle(partition) &&
        position <= partition->frontier.highest_finished && !partition->has_gone)
        judge_fail(storm, "finished records are returned");
    bool is_owner = storm->owners[of - storm->world.partitions] == worker;
    if (!is_owner || partition->has_gone || position == FRONTIER_NONE || position == of->committed)
        return;
    judge_commit(storm, of, position);
    of->committed = position;
    storm_say(storm, "%s commits %s/%d up to %lld", worker->name, of->topic, of->number,
              (long long)position);
}

static void settle(struct storm *storm, struct storm_worker *worker)
{
    struct job *job;
    while ((job = engine_ended(&worker->engine))) {
        char what[64];
        (void)snprintf(what, sizeof(what), "ends: %.*s", STR_ARGS(outcome_word(job->outcome)));
        worker_say(storm, worker, job, what);
        judge_end(storm, worker, job);
        engine_release(&worker->engine, job);
        *worker_book(worker, job) = (struct storm_book){0};
    }
    static const char *const words[] = {"shuts the gate", "opens the gate", "doubts withdrawals"};
    struct gate_event event;
    while (engine_take_gate_event(&worker->engine, &event))
        storm_say(storm, "%s %s", worker->name, words[event.kind]);
    for (size_t i = 0; i < STORM_ASSIGNMENTS_MAX; i++) {
        if (worker->assignments[i].of)
            commit(storm, worker, &worker->assignments[i]);
    }
    judge_engine(storm, worker);
}

static void trace(void *context, const struct job *job, enum job_state from)
{
    struct trace_context *at = context;
    if (from == JOB_FREE)
        *worker_book(at->worker, job) = (struct storm_book){
            .origin = job->work.origin,
            .taken_at = at->storm->step,
            .looked_at = at->storm->step,
            .is_redirect = !appid_is_known(&job->work.input.authorizer),
        };
    if (from == JOB_FREE && job->revision)
        judge_take_up(at->storm, at->worker, job);
    if (job->state == JOB_TO_PARK)
        worker_say(at->storm, at->worker, job, job->why);
    if (job->state == JOB_BACKOFF)
        worker_say(at->storm, at->worker, job, job->why);
    if (job->state == JOB_GATED)
        worker_say(at->storm, at->worker, job, "stands at the gate");
}

void worker_step(struct storm *storm, struct storm_worker *worker, struct event event)
{
    struct trace_context context = {.storm = storm, .worker = worker};
    worker->engine.places.trace = trace;
    worker->engine.places.trace_context = &context;
    event.now = storm->world.now_ms - 900000000000;
    event.wall_ms = storm->world.now_ms;
    engine_step(&worker->engine, &event);
    settle(storm, worker);
}

static void take_record(struct storm *storm, struct storm_worker *worker,
                        struct partition *partition, struct world_record *record,
                        const struct parked *parked)
{
    static const struct dead undecodable = {.reason = DEAD_INVALID_EVENT, .message = "not JSON"};
    const struct origin *origin = &record->record.origin;
    storm_say(storm, "%s takes %s%.*s/%d@%lld", worker->name, parked ? "the parked " : "",
              STR_ARGS(origin->topic), origin->partition, (long long)origin->offset);
    worker_step(storm, worker,
                (struct event){
                    .kind = EVENT_RECORD,
                    .record.partition = partition,
                    .record.parked = parked,
                    .record.record = &record->record,
                    .record.input = record->is_undecodable ? NULL : &record->input,
                    .record.dead = record->is_undecodable ? &undecodable : NULL,
                });
}

static size_t left_alone(const struct storm *storm, const struct storm_worker *worker,
                         struct appid components[WORLD_COMPONENTS_MAX])
{
    ms_t now = storm->world.now_ms - 900000000000;
    return engine_shut_components(&worker->engine, now, components, WORLD_COMPONENTS_MAX);
}

static bool is_among(const struct appid *components, size_t count, const struct appid *component)
{
    for (size_t i = 0; i < count; i++) {
        if (appid_equal(&components[i], component))
            return true;
    }
    return false;
}

bool worker_can_claim(struct storm *storm, const struct storm_worker *worker)
{
    struct appid alone[WORLD_COMPONENTS_MAX];
    size_t alone_count = left_alone(storm, worker, alone);
    for (size_t i = 0; i < storm->world.component_count; i++) {
        const struct world_component *component = &storm->world.components[i];
        if (world_has_due(&storm->world, component) && engine_room(&worker->engine) &&
            !is_among(alone, alone_count, &component->appid))
            return true;
    }
    return false;
}

/* No component stands in front of another for long. */
static void judge_claim(struct storm *storm, const struct appid *alone, size_t alone_count,
                        const struct world_parked *claimed)
{
    enum { SKIPS_MAX = 8 };
    for (size_t i = 0; i < storm->world.component_count; i++) {
        const struct world_component *component = &storm->world.components[i];
        bool is_skipped = world_has_due(&storm->world, component) &&
                          !is_among(alone, alone_count, &component->appid) &&
                          !appid_equal(&component->appid, &claimed->record->input.component);
        storm->skips[i] = is_skipped ? storm->skips[i] + 1 : 0;
        if (storm->skips[i] > SKIPS_MAX)
            judge_fail(storm, "what is due of %.*s stays behind others",
                       STR_ARGS(appid_str(&component->appid)));
    }
}

bool worker_take_due(struct storm *storm, struct storm_worker *worker)
{
    struct appid alone[WORLD_COMPONENTS_MAX];
    size_t alone_count = left_alone(storm, worker, alone);
    ms_t lease_ms = 1000 + (ms_t)storm_draw(storm, 60000);
    if (!engine_room(&worker->engine))
        return false;
    struct world_parked *due = world_claim(&storm->world, lease_ms, alone, alone_count);
    if (!due)
        return false;
    judge_claim(storm, alone, alone_count, due);
    struct parked parked = due->parked;
    if (storm_chance(storm, 5))
        return true; /* the answer is lost, the lease heals it */
    if (!engine_renews(&worker->engine, &due->record->record.origin, parked.revision))
        take_record(storm, worker, NULL, due->record, &parked);
    return true;
}

bool worker_poll(struct storm *storm, struct storm_worker *worker)
{
    size_t first = (size_t)storm_draw(storm, STORM_ASSIGNMENTS_MAX);
    for (size_t i = 0; i < STORM_ASSIGNMENTS_MAX; i++) {
        size_t at = (first + i) % STORM_ASSIGNMENTS_MAX;
        struct storm_assignment *assignment = &worker->assignments[at];
        if (!assignment->of || assignment->partition.is_draining || !engine_room(&worker->engine) ||
            assignment->position == (int64_t)assignment->of->record_count)
            continue;
        take_record(storm, worker, &assignment->partition,
                    &assignment->of->records[assignment->position++], NULL);
        return true;
    }
    return false;
}

static bool has_stores(const struct storm_worker *worker)
{
    const struct list *states = worker->engine.places.states;
    return states[JOB_TO_STORE].count + states[JOB_STORING].count;
}

bool worker_take(struct storm *storm, struct storm_worker *worker, enum effect effect)
{
    struct job *job;
    struct trace_context context = {.storm = storm, .worker = worker};
    worker->engine.places.trace_context = &context;
    if (!engine_take(&worker->engine, effect, &job, 1, storm->world.now_ms / MS_PER_S))
        return false;
    if (effect == EFFECT_CALL) {
        if (worker->has_store_failed && has_stores(worker))
            judge_fail(storm, "calls, and what it brings cannot be stored");
        judge_call(storm, worker, job);
        worker_book(worker, job)->called_at = storm->step;
    }
    worker->errands[worker->errand_count++] = (struct storm_errand){.job = job, .effect = effect};
    return true;
}

/* Messages reach Kafka in the order in which they were produced; all else acts in any order. */
static struct storm_errand *next_to_act(struct storm *storm, struct storm_worker *worker)
{
    size_t first = (size_t)storm_draw(storm, worker->errand_count);
    enum effect effect = worker->errands[first].effect;
    size_t from = effect == EFFECT_PUBLISH ? 0 : first;
    for (size_t i = from; i < worker->errand_count; i++) {
        struct storm_errand *errand = &worker->errands[i];
        if (errand->effect == effect && !errand->has_acted)
            return errand;
    }
    return NULL;
}

bool worker_act(struct storm *storm, struct storm_worker *worker)
{
    struct storm_errand *errand = worker->errand_count ? next_to_act(storm, worker) : NULL;
    if (!errand)
        return false;
    errand_act(storm, worker, errand);
    return true;
}

void worker_kill(struct storm *storm, struct storm_worker *worker)
{
    while (storm_draw(storm, 2) && worker_act(storm, worker))
        continue;
    storm_say(storm, "%s is killed", worker->name);
    judge_kill(storm, worker);
    worker_free(worker);
}

/* What has come back, in the words of the trace. */
static void describe(char *what, size_t len, enum effect effect, const struct returned *returned)
{
    static const char *const effects[] = {"load", "call", "store", "publish", "park", "unpark"};
    static const char *const outcomes[] = {"done",   "unsent", "unknown",
                                           "broken", "stale",  "too large"};
    static const char *const answers[] = {"done", "refused", "garbled", "lost", "unsent"};
    const struct answer *answer = effect == EFFECT_CALL ? returned->answer : NULL;
    if (!answer)
        (void)snprintf(what, len, "is back from %s: %s", effects[effect],
                       outcomes[returned->outcome]);
    else if (answer->kind == ANSWER_REFUSED)
        (void)snprintf(what, len, "is back from call: refused with %d", answer->errcode);
    else
        (void)snprintf(what, len, "is back from call: %s", answers[answer->kind]);
}

static void give_back(struct storm *storm, struct storm_worker *worker, size_t at)
{
    struct storm_errand errand = worker->errands[at];
    worker->errand_count--;
    memmove(&worker->errands[at], &worker->errands[at + 1],
            (worker->errand_count - at) * sizeof(errand));
    struct event event = {
        .kind = EVENT_RETURNED,
        .job = errand.job,
        .returned = errand_return(storm, worker, &errand),
    };
    if (errand.effect == EFFECT_STORE && event.returned.outcome != RETURNED_BROKEN)
        worker->has_store_failed = event.returned.outcome == RETURNED_UNSENT ||
                                   event.returned.outcome == RETURNED_UNKNOWN;
    char what[80];
    describe(what, sizeof(what), errand.effect, &event.returned);
    if (errand.effect != EFFECT_LOAD || event.returned.outcome != RETURNED_DONE)
        worker_say(storm, worker, errand.job, what);
    worker_step(storm, worker, event);
}

/* What has not acted comes back only as a fault, and then it never will. */
bool worker_return(struct storm *storm, struct storm_worker *worker)
{
    if (worker->errand_count == 0)
        return false;
    size_t at = (size_t)storm_draw(storm, worker->errand_count);
    const struct storm_errand *errand = &worker->errands[at];
    if (errand->effect != EFFECT_LOAD && !errand->has_acted && !storm_chance(storm, 15))
        return false;
    give_back(storm, worker, at);
    return true;
}

/* WeChat is frozen: the calls that it has not acted on time out. */
void worker_give_up_calls(struct storm *storm, struct storm_worker *worker)
{
    for (size_t i = worker->errand_count; i-- > 0;) {
        struct storm_errand *errand = &worker->errands[i];
        if (errand->effect != EFFECT_CALL || errand->has_acted)
            continue;
        errand->is_given_up = true;
        give_back(storm, worker, i);
    }
}

/* Only the database is still listened to. */
static void finish_at_database(struct storm *storm, struct storm_worker *worker)
{
    (void)worker_take(storm, worker, EFFECT_PARK);
    for (size_t i = 0; i < worker->errand_count; i++) {
        struct storm_errand *errand = &worker->errands[i];
        if (errand->effect == EFFECT_CALL || errand->effect == EFFECT_PUBLISH)
            continue;
        if (!errand->has_acted && storm_draw(storm, 4))
            errand_act(storm, worker, errand);
        give_back(storm, worker, i);
        return;
    }
}

void worker_leave(struct storm *storm, struct storm_worker *worker)
{
    storm_say(storm, "%s leaves", worker->name);
    worker_step(storm, worker, (struct event){.kind = EVENT_DEADLINE});
    while (engine_owes_parking(&worker->engine) && !storm->violation[0])
        finish_at_database(storm, worker);
    judge_left(storm, worker);
    worker_free(worker);
}
