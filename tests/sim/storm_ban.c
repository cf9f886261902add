#include "sim/storm_parts.h"

/* What must hold of banned calls: once WeChat has told a worker that such calls cannot succeed now,
 * it makes none of them until the wait is over and one may find out. */

enum { MINUTE_MS = 60000 };

static void ban(struct storm *storm, struct storm_worker *worker, size_t call, ms_t wait_ms)
{
    struct storm_ban *ban = &worker->bans[call];
    ban->told_at = storm->step;
    if (ban->until_ms < storm->world.now_ms + wait_ms)
        ban->until_ms = storm->world.now_ms + wait_ms;
}

/* By an answer to a call that was sent after the last such word: others are its echo. */
void judge_ban(struct storm *storm, struct storm_worker *worker, const struct storm_errand *errand)
{
    const struct answer *answer = &errand->answer;
    size_t call = errand->job->work.call;
    int64_t called_at = worker_book(worker, errand->job)->called_at;
    bool is_of_all = answer->errcode == 45011 || answer->errcode == 61004;
    if (answer->kind != ANSWER_REFUSED || (!is_of_all && answer->errcode != 45009))
        return;
    for (size_t i = 0; i <= CALL_AUTHORIZER_INFO; i++) {
        bool is_meant = is_of_all || i == call;
        if (is_meant && called_at > worker->bans[i].told_at)
            ban(storm, worker, i, is_of_all ? MINUTE_MS : worker->engine.limits.quota_wait_ms);
    }
}

void judge_banned(struct storm *storm, const struct storm_worker *worker, const struct job *job)
{
    if (storm->world.now_ms < worker->bans[job->work.call].until_ms)
        judge_fail(storm, "calls %.*s, and knows that it cannot succeed now",
                   STR_ARGS(wechat_call_name(job->work.call)));
}
