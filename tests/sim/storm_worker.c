#include <assert.h>
#include <stdlib.h>

#include "sim/storm_parts.h"

static void say(struct storm *storm, const struct storm_worker *worker, const struct job *job,
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
        .hold_max_ms = 15000,
        .give_up_after_ms = 1200000,
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
        say(storm, worker, job, what);
        judge_end(storm, worker, job);
        engine_release(&worker->engine, job);
        *worker_book(worker, job) = (struct storm_book){0};
    }
    struct notice notice;
    while (engine_take_notice(&worker->engine, &notice))
        storm_say(storm, "%s %s the gate", worker->name, notice.is_shut ? "shuts" : "opens");
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
            .taken_at = at->storm->step,
            .looked_at = at->storm->step,
            .is_redirect = !appid_is_known(&job->work.input.authorizer),
        };
    if (job->state == JOB_BACKOFF)
        say(at->storm, at->worker, job, job->why);
    if (job->state == JOB_GATED)
        say(at->storm, at->worker, job, "stands at the gate");
}

void worker_step(struct storm *storm, struct storm_worker *worker, struct event event)
{
    struct trace_context context = {.storm = storm, .worker = worker};
    worker->engine.trace = trace;
    worker->engine.trace_context = &context;
    event.now = storm->world.now_ms - 900000000000;
    event.wall_ms = storm->world.now_ms;
    engine_step(&worker->engine, &event);
    settle(storm, worker);
}

static void take_record(struct storm *storm, struct storm_worker *worker,
                        struct storm_assignment *assignment)
{
    static const struct dead undecodable = {.reason = DEAD_INVALID_EVENT, .message = "not JSON"};
    struct world_record *record = &assignment->of->records[assignment->position++];
    storm_say(storm, "%s takes %s/%d@%lld", worker->name, assignment->of->topic,
              assignment->of->number, (long long)record->record.origin.offset);
    worker_step(storm, worker,
                (struct event){
                    .kind = EVENT_RECORD,
                    .record.partition = &assignment->partition,
                    .record.record = &record->record,
                    .record.input = record->is_undecodable ? NULL : &record->input,
                    .record.dead = record->is_undecodable ? &undecodable : NULL,
                });
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
        take_record(storm, worker, assignment);
        return true;
    }
    return false;
}

bool worker_take(struct storm *storm, struct storm_worker *worker, enum effect effect)
{
    struct job *job;
    struct trace_context context = {.storm = storm, .worker = worker};
    worker->engine.trace_context = &context;
    if (!engine_take(&worker->engine, effect, &job, 1, storm->world.now_ms / MS_PER_S))
        return false;
    if (effect == EFFECT_CALL) {
        judge_call(storm, worker, job);
        worker_book(worker, job)->called_at = storm->step;
    }
    worker->errands[worker->errand_count++] = (struct storm_errand){.job = job, .effect = effect};
    return true;
}

static void act_call(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand)
{
    struct job *job = errand->job;
    struct wechat_request request = {
        .call = job->work.call,
        .component_token = job->work.component_token,
        .authorizer_appid = appid_str(&job->work.input.authorizer),
        .secret = job->next.secret,
    };
    char what[160];
    struct answer *answer = &errand->answer;
    world_call(&storm->world, &request, answer);
    (void)snprintf(errand->secret, WORLD_NAME_MAX, "%.*s", STR_ARGS(request.secret));
    (void)snprintf(errand->access_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->access_token));
    (void)snprintf(errand->refresh_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->refresh_token));
    judge_issue(storm, worker_book(worker, job), job, answer);
    (void)snprintf(what, sizeof(what), "calls %.*s with %.*s: %d access=%s refresh=%s",
                   STR_ARGS(wechat_call_name(request.call)), STR_ARGS(request.secret),
                   answer->errcode, errand->access_token, errand->refresh_token);
    say(storm, worker, job, what);
}

static void act_store(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand)
{
    char what[160];
    const struct change *change = &errand->job->work.change;
    errand->is_written = world_store(&storm->world, change, &errand->version);
    (void)snprintf(what, sizeof(what), "%s %.*s on version %lld, %.*s access=%.*s refresh=%.*s",
                   errand->is_written ? "writes" : "does not write",
                   STR_ARGS(appid_str(&change->authorizer)), (long long)change->version_read,
                   STR_ARGS(status_word(change->status)), STR_ARGS(change->access_token),
                   STR_ARGS(change->refresh_token));
    say(storm, worker, errand->job, what);
    if (errand->is_written)
        judge_write(storm, worker_book(worker, errand->job), change, errand->version);
}

static void act_publish(struct storm *storm, struct storm_worker *worker,
                        const struct storm_errand *errand)
{
    const struct job *job = errand->job;
    const struct authorizer *row = &job->work.row;
    char what[256];
    if (job->publication == PUBLISH_DEAD_LETTER) {
        (void)snprintf(what, sizeof(what), "dead letter: %s", job->dead.message);
        say(storm, worker, job, what);
        return;
    }
    (void)snprintf(what, sizeof(what), "announces %.*s version %lld",
                   STR_ARGS(appid_str(&row->authorizer)), (long long)row->version);
    say(storm, worker, job, what);
    judge_announcement(storm, row);
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
    errand->has_acted = true;
    if (errand->effect == EFFECT_CALL)
        act_call(storm, worker, errand);
    else if (errand->effect == EFFECT_STORE)
        act_store(storm, worker, errand);
    else if (errand->effect == EFFECT_PUBLISH)
        act_publish(storm, worker, errand);
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

static struct event return_load(struct storm *storm, struct storm_worker *worker,
                                const struct job *job)
{
    static const struct authorizer absent = {.version = VERSION_ABSENT};
    if (storm_chance(storm, 10))
        return (struct event){.kind = (enum event_kind)(EVENT_LOAD_UNSENT + storm_draw(storm, 2))};
    const struct input *input = &job->work.input;
    const struct world_row *row = str_is_empty(input->code)
                                      ? NULL
                                      : world_find_digest(&storm->world, input->code_digest);
    worker_book(worker, job)->is_code_known = row;
    worker_book(worker, job)->looked_at = storm->step;
    if (!row)
        row = world_find_row(&storm->world, appid_str(&input->authorizer));
    char what[64];
    (void)snprintf(what, sizeof(what), "loads version %lld",
                   row ? (long long)row->row.version : -1);
    say(storm, worker, job, what);
    return (struct event){
        .kind = EVENT_ROW,
        .row.row = row ? &row->row : &absent,
        .row.component_token = str_of(storm->world.component_token_in_database),
    };
}

static struct event return_call(struct storm *storm, struct storm_worker *worker,
                                struct storm_errand *errand)
{
    static const int32_t errcodes[] = {45009, 40001, 12345, 45011};
    struct answer *answer = &errand->answer;
    answer->access_token = str_of(errand->access_token);
    answer->refresh_token = str_of(errand->refresh_token);
    if (!errand->has_acted && storm_chance(storm, 30))
        *answer = (struct answer){.kind = ANSWER_REFUSED,
                                  .errcode = errcodes[storm_draw(storm, 4)]};
    else if (!errand->has_acted)
        *answer = (struct answer){.kind = storm_draw(storm, 2) ? ANSWER_UNSENT : ANSWER_LOST};
    else if (storm_chance(storm, 10))
        *answer = (struct answer){.kind = ANSWER_LOST};
    else if (storm_chance(storm, 5))
        *answer = (struct answer){.kind = ANSWER_GARBLED};
    else if (storm_chance(storm, 5))
        *answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = -1};
    else if (errand->job->work.call == CALL_AUTHORIZER_TOKEN && storm_chance(storm, 10))
        answer->refresh_token = (struct str){0}; /* none came: the one that was sent stays */
    if (answer->kind == ANSWER_DONE && errand->job->work.call == CALL_QUERY_AUTH)
        worker_book(worker, errand->job)->is_code_answered = true;
    judge_told(storm, worker_book(worker, errand->job), errand);
    return (struct event){.kind = EVENT_ANSWER, .answer = answer};
}

static struct event return_store(struct storm *storm, const struct storm_errand *errand)
{
    if (!errand->has_acted && storm_chance(storm, 50))
        return (struct event){.kind = EVENT_STORE_UNSENT};
    if (!errand->has_acted && storm_chance(storm, 50))
        return (struct event){.kind = EVENT_STORE_BROKEN};
    if (!errand->has_acted || storm_chance(storm, 20))
        return (struct event){.kind = EVENT_STORE_UNKNOWN};
    return (struct event){
        .kind = errand->is_written ? EVENT_STORED : EVENT_STORE_REFUSED,
        .stored.version = errand->version,
        .stored.updated_at_us = storm->world.now_ms * 1000,
    };
}

static struct event return_publish(struct storm *storm, const struct storm_errand *errand)
{
    if (errand->has_acted)
        return (struct event){.kind = EVENT_PUBLISHED};
    return (struct event){.kind = (enum event_kind)(EVENT_PUBLISH_UNSENT + storm_draw(storm, 3))};
}

static struct event return_event(struct storm *storm, struct storm_worker *worker,
                                 struct storm_errand *errand)
{
    switch (errand->effect) {
    case EFFECT_LOAD:
        return return_load(storm, worker, errand->job);
    case EFFECT_CALL:
        return return_call(storm, worker, errand);
    case EFFECT_STORE:
        return return_store(storm, errand);
    case EFFECT_PUBLISH:
        return return_publish(storm, errand);
    }
    return (struct event){0};
}

/* What has not acted comes back only as a fault, and then it never will. */
bool worker_return(struct storm *storm, struct storm_worker *worker)
{
    if (worker->errand_count == 0)
        return false;
    size_t at = (size_t)storm_draw(storm, worker->errand_count);
    struct storm_errand errand = worker->errands[at];
    if (errand.effect != EFFECT_LOAD && !errand.has_acted && !storm_chance(storm, 15))
        return false;
    worker->errand_count--;
    memmove(&worker->errands[at], &worker->errands[at + 1],
            (worker->errand_count - at) * sizeof(errand));
    struct event event = return_event(storm, worker, &errand);
    event.job = errand.job;
    char what[64];
    (void)snprintf(what, sizeof(what), "gets back event %d kind %d errcode %d", (int)event.kind,
                   event.answer && event.kind == EVENT_ANSWER ? (int)event.answer->kind : -1,
                   event.kind == EVENT_ANSWER ? event.answer->errcode : 0);
    if (event.kind != EVENT_ROW)
        say(storm, worker, errand.job, what);
    worker_step(storm, worker, event);
    return true;
}
