#include "base/count.h"
#include "sim/storm_parts.h"

/* What must hold of banned calls: once WeChat has told a worker that such calls cannot succeed now,
 * it makes none of them until the wait is over and one may find out. */

enum { MINUTE_MS = 60000, PASSED_MS = 15000 };

/* What the worker has been told of the calls of the job's component. */
static struct storm_ban *bans_of(struct storm *storm, struct storm_worker *worker,
                                 const struct job *job)
{
    struct str name = appid_str(&job->work.input.component);
    return worker->bans[world_find_component(&storm->world, name) - storm->world.components];
}

static void ban_until(struct storm *storm, struct storm_ban *ban, ms_t wait_ms)
{
    ban->told_at = storm->step;
    if (ban->until_ms < storm->world.now_ms + wait_ms)
        ban->until_ms = storm->world.now_ms + wait_ms;
}

/* WeChat has looked at the account or the code, so nothing stops such calls. */
static bool passes(const struct answer *answer)
{
    static const int32_t errcodes[] = {61003, 61009, 61010, 61023};
    for (size_t i = 0; i < COUNT_OF(errcodes); i++) {
        if (answer->kind == ANSWER_REFUSED && answer->errcode == errcodes[i])
            return true;
    }
    return answer->kind == ANSWER_DONE;
}

/* A refusal of the configuration or a quota stands for one call alone while others pass. */
static bool is_of_one_call(const struct storm *storm, const struct storm_ban *bans,
                           const struct storm_errand *errand)
{
    if (errand->answer.errcode == 45011)
        return false;
    for (size_t i = 0; i <= CALL_AUTHORIZER_INFO; i++) {
        int64_t passed_ms = bans[i].passed_ms;
        bool is_meant = errand->answer.errcode == 61004 || i == errand->job->work.call;
        if (is_meant && passed_ms && storm->world.now_ms - passed_ms < PASSED_MS)
            return true;
    }
    return false;
}

/* By an answer to a call that was sent after the last such word: others are its echo. */
void judge_ban(struct storm *storm, struct storm_worker *worker, const struct storm_errand *errand)
{
    const struct answer *answer = &errand->answer;
    struct storm_ban *bans = bans_of(storm, worker, errand->job);
    size_t call = errand->job->work.call;
    int64_t called_at = worker_book(worker, errand->job)->called_at;
    bool is_of_all = answer->errcode == 45011 || answer->errcode == 61004;
    if (passes(answer))
        bans[call].passed_ms = storm->world.now_ms;
    if (answer->kind != ANSWER_REFUSED || (!is_of_all && answer->errcode != 45009) ||
        is_of_one_call(storm, bans, errand))
        return;
    for (size_t i = 0; i <= CALL_AUTHORIZER_INFO; i++) {
        bool is_meant = is_of_all || i == call;
        if (is_meant && called_at > bans[i].told_at)
            ban_until(storm, &bans[i], is_of_all ? MINUTE_MS : worker->engine.limits.quota_wait_ms);
    }
}

void judge_banned(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    if (storm->world.now_ms < bans_of(storm, worker, job)[job->work.call].until_ms)
        judge_fail(storm, "calls %.*s, and knows that it cannot succeed now",
                   STR_ARGS(wechat_call_name(job->work.call)));
}
