#include <assert.h>

#include "sim/storm_parts.h"

/* What the adapters do with the jobs that they hold, and what they give back. */

struct wechat_request errand_request(const struct job *job)
{
    return (struct wechat_request){
        .call = job->work.call,
        .component_appid = appid_str(&job->work.input.component),
        .component_token = job->work.component_token,
        .authorizer_appid = appid_str(&job->work.input.authorizer),
        .secret = job->next.secret,
    };
}

static void act_call(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand)
{
    struct job *job = errand->job;
    struct wechat_request request = errand_request(job);
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
    worker_say(storm, worker, job, what);
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
    worker_say(storm, worker, errand->job, what);
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
        worker_say(storm, worker, job, what);
        return;
    }
    (void)snprintf(what, sizeof(what), "announces %.*s version %lld",
                   STR_ARGS(appid_str(&row->authorizer)), (long long)row->version);
    worker_say(storm, worker, job, what);
    judge_announcement(storm, row);
}

static void act_park(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    ms_t wait_ms = job->waits_until - (storm->world.now_ms - 900000000000);
    char what[128];
    (void)snprintf(what, sizeof(what), "is parked for %lld ms%s", (long long)wait_ms,
                   job->parked.owes ? ", owing" : "");
    worker_say(storm, worker, job, what);
    judge_park(storm, worker, job);
    world_park(&storm->world, job->record, &job->parked, wait_ms);
}

static void act_unpark(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct world_parked *there = world_find_parked(&storm->world, &job->work.origin);
    struct parked before = there ? there->parked : (struct parked){0};
    bool is_gone = world_unpark(&storm->world, &job->work.origin, job->revision);
    worker_say(storm, worker, job, is_gone ? "is no longer parked" : "stays parked");
    if (is_gone)
        judge_unpark(storm, worker, job, &before);
}

void errand_act(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand)
{
    errand->has_acted = true;
    switch (errand->effect) {
    case EFFECT_LOAD:
        return;
    case EFFECT_CALL:
        act_call(storm, worker, errand);
        return;
    case EFFECT_STORE:
        act_store(storm, worker, errand);
        return;
    case EFFECT_PUBLISH:
        act_publish(storm, worker, errand);
        return;
    case EFFECT_PARK:
        act_park(storm, worker, errand->job);
        return;
    case EFFECT_UNPARK:
        act_unpark(storm, worker, errand->job);
        return;
    }
}

static struct returned return_load(struct storm *storm, struct storm_worker *worker,
                                   const struct job *job)
{
    static const struct authorizer absent = {.version = VERSION_ABSENT};
    if (storm_chance(storm, 10))
        return (struct returned){.outcome = storm_draw(storm, 2) ? RETURNED_BROKEN
                                                                 : RETURNED_UNSENT};
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
    worker_say(storm, worker, job, what);
    const struct world_parked *serving = NULL;
    if (row)
        serving = world_find_serving(&storm->world, (struct world_row *)row, &job->work.origin);
    worker_book(worker, job)->served_by = serving ? &serving->record->record.origin : NULL;
    return (struct returned){
        .load.is_served = serving,
        .load.row = row ? &row->row : &absent,
        .load.component_token = str_of(
            world_find_component(&storm->world, appid_str(&input->component))->token_in_database),
        .load.is_parked = world_find_parked(&storm->world, &job->work.origin),
    };
}

/* The answer names somebody else: nothing in it may be stored. */
static void mislead(struct storm *storm, struct storm_book *book, struct answer *answer)
{
    storm_say(storm, "  for another authorizer");
    (void)appid_set(&answer->authorizer, STR("wxother"));
    (void)snprintf(book->foreign, sizeof(book->foreign), "%.*s", STR_ARGS(answer->access_token));
}

/* Likewise, and WeChat has not acted at all. */
static void mistake(struct storm *storm, struct storm_book *book, struct answer *answer)
{
    *answer = (struct answer){.kind = ANSWER_DONE, .access_token = STR("A0"), .expires_in_s = 7200};
    mislead(storm, book, answer);
}

static struct returned return_call(struct storm *storm, struct storm_worker *worker,
                                   struct storm_errand *errand)
{
    static const int32_t errcodes[] = {45009, 40001, 12345, 45011};
    struct answer *answer = &errand->answer;
    answer->access_token = str_of(errand->access_token);
    answer->refresh_token = str_of(errand->refresh_token);
    bool names_one = errand->job->work.call != CALL_AUTHORIZER_TOKEN &&
                     appid_is_known(&errand->job->work.input.authorizer);
    if (errand->is_given_up)
        late_give_up(storm, worker, errand);
    else if (!errand->has_acted && names_one && storm_chance(storm, 5))
        mistake(storm, worker_book(worker, errand->job), answer);
    else if (!errand->has_acted && storm_chance(storm, 30))
        *answer = (struct answer){.kind = ANSWER_REFUSED,
                                  .errcode = errcodes[storm_draw(storm, 4)]};
    else if (!errand->has_acted)
        *answer = (struct answer){.kind = storm_draw(storm, 2) ? ANSWER_UNSENT : ANSWER_LOST};
    else if (storm_chance(storm, 10))
        *answer = (struct answer){.kind = ANSWER_LOST, .may_act_late = storm_draw(storm, 2)};
    else if (storm_chance(storm, 5))
        *answer = (struct answer){.kind = ANSWER_GARBLED};
    else if (storm_chance(storm, 5))
        *answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = -1};
    else if (errand->job->work.call == CALL_AUTHORIZER_TOKEN && storm_chance(storm, 10))
        answer->refresh_token = (struct str){0}; /* none came: the one that was sent stays */
    if (answer->kind == ANSWER_DONE && appid_is_known(&errand->job->work.input.authorizer) &&
        appid_is_known(&answer->authorizer) && storm_chance(storm, 3))
        mislead(storm, worker_book(worker, errand->job), answer);
    bool is_foreign = str_equal(appid_str(&answer->authorizer), STR("wxother"));
    if (answer->kind == ANSWER_DONE && !is_foreign && errand->job->work.call == CALL_QUERY_AUTH)
        worker_book(worker, errand->job)->is_code_answered = true;
    judge_told(storm, worker_book(worker, errand->job), errand);
    judge_ban(storm, worker, errand);
    return (struct returned){.answer = answer};
}

static struct returned return_store(struct storm *storm, const struct storm_errand *errand)
{
    if (!errand->has_acted && storm_chance(storm, 50))
        return (struct returned){.outcome = RETURNED_UNSENT};
    if (!errand->has_acted && storm_chance(storm, 50))
        return (struct returned){.outcome = RETURNED_BROKEN};
    if (!errand->has_acted || storm_chance(storm, 20))
        return (struct returned){.outcome = RETURNED_UNKNOWN};
    return (struct returned){
        .outcome = errand->is_written ? RETURNED_DONE : RETURNED_STALE,
        .store.version = errand->version,
        .store.updated_at_us = storm->world.now_ms * 1000,
    };
}

static struct returned return_publish(struct storm *storm, const struct storm_errand *errand)
{
    static const enum returned_outcome faults[] = {RETURNED_UNSENT, RETURNED_BROKEN,
                                                   RETURNED_TOO_LARGE};
    if (errand->has_acted)
        return (struct returned){.outcome = RETURNED_DONE};
    return (struct returned){.outcome = faults[storm_draw(storm, 3)]};
}

static struct returned return_park(struct storm *storm, const struct storm_errand *errand)
{
    if (!errand->has_acted && storm_chance(storm, 30))
        return (struct returned){.outcome = RETURNED_BROKEN};
    bool is_told = errand->has_acted && !storm_chance(storm, 20);
    return (struct returned){.outcome = is_told ? RETURNED_DONE : RETURNED_UNKNOWN};
}

static struct returned return_unpark(struct storm *storm, const struct storm_errand *errand)
{
    bool is_told = errand->has_acted && !storm_chance(storm, 20);
    return (struct returned){.outcome = is_told ? RETURNED_DONE : RETURNED_UNKNOWN};
}

struct returned errand_return(struct storm *storm, struct storm_worker *worker,
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
    case EFFECT_PARK:
        return return_park(storm, errand);
    case EFFECT_UNPARK:
        return return_unpark(storm, errand);
    }
    return (struct returned){0};
}
