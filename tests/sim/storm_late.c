#include "sim/storm_parts.h"

/* Requests that act late: the worker has given them up, and WeChat acts on them after others. */

/* Whose token the request may change; NULL: nobody's. */
static struct world_account *account_of(struct storm *storm, const struct wechat_request *request)
{
    struct world *world = &storm->world;
    if (request->call != CALL_QUERY_AUTH)
        return world_find_account(world, request->authorizer_appid);
    for (size_t i = 0; i < world->code_count; i++) {
        if (str_equal(str_of(world->codes[i].code), request->secret))
            return world->codes[i].account;
    }
    return NULL;
}

/* Gives up the errand's call, which WeChat has not acted on. */
void late_give_up(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand)
{
    const struct job *job = errand->job;
    struct storm_book *book = worker_book(worker, job);
    struct wechat_request request = errand_request(job);
    int64_t until_ms = storm->world.now_ms + storm->late_effect_ms;
    errand->answer = (struct answer){.kind = ANSWER_LOST, .may_act_late = true};
    if (request.call == CALL_AUTHORIZER_INFO || !storm->late_effect_ms ||
        !world_give_up(&storm->world, &request, until_ms))
        return;
    book->late_until_ms = until_ms;
    book->late_account = account_of(storm, &request);
    worker_say(storm, worker, job, "gives up a call that may act late");
}

static void act(struct storm *storm, size_t at)
{
    struct world_late late = storm->world.late[at];
    struct answer answer;
    world_act_late(&storm->world, at, &answer);
    storm_say(storm, "WeChat acts late on %.*s with %s: %d access=%.*s",
              STR_ARGS(wechat_call_name(late.call)), late.secret, answer.errcode,
              STR_ARGS(answer.access_token));
}

void late_act(struct storm *storm)
{
    if (storm->world.late_count)
        act(storm, (size_t)storm_draw(storm, storm->world.late_count));
}

/* Nothing acts later than it can. */
void late_act_before(struct storm *storm, int64_t ms)
{
    for (size_t i = storm->world.late_count; i-- > 0;) {
        if (storm->world.late[i].until_ms <= ms)
            act(storm, i);
    }
}

/* A process that is killed forgets a call that may act late, unless a row says so already. */
void late_judge_kill(struct storm *storm, const struct storm_book *book)
{
    const struct world_parked *parked = world_find_parked(&storm->world, &book->origin);
    bool is_parked = parked && parked->parked.late_until_s * MS_PER_S >= book->late_until_ms;
    if (book->late_until_ms > storm->world.now_ms && !is_parked)
        judge_excuse(storm, book->late_account);
}
