#include "loop_parts.h"
#include "wire/dead.h"

static struct str rid_of(const struct answer *answer)
{
    return (struct str){.at = answer->rid, .len = answer->rid_len};
}

static struct str authorizer_of(const struct job *job)
{
    return appid_str(appid_is_known(&job->work.input.authorizer) ? &job->work.input.authorizer
                                                                 : &job->work.row.authorizer);
}

void loop_log_answer(struct loop *loop, const struct job *job, const struct answer *answer)
{
    if (answer->kind == ANSWER_DONE)
        return;
    bool is_refused = answer->kind == ANSWER_REFUSED;
    LOG(loop->log, LEVEL_WARN,
        is_refused ? "WeChat refused, acting on the errcode" : "no answer from WeChat, retrying",
        LOG_STR("call", wechat_call_name(job->work.call)),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_INT("errcode", answer->errcode),
        LOG_STR("rid", rid_of(answer)), LOG_TEXT("detail", answer->detail),
        LOG_INT("tries", (int64_t)job->tries + 1));
}

static void log_changed(struct loop *loop, const struct job *job)
{
    const struct work *work = &job->work;
    bool is_condemned = work->row.status == STATUS_REAUTHORIZATION_REQUIRED;
    LOG(loop->log, is_condemned ? LEVEL_WARN : LEVEL_INFO, "authorizer updated",
        LOG_STR("event", job->handler->name),
        LOG_STR("component", appid_str(&work->input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_STR("status", status_word(work->row.status)),
        LOG_INT("version", work->row.version), LOG_INT("errcode", work->change.last_errcode),
        LOG_STR("rid", work->change.last_rid), LOG_INT("tries", job->tries),
        LOG_STR("topic", work->origin.topic), LOG_INT("partition", work->origin.partition),
        LOG_INT("offset", work->origin.offset));
    if (work->lifetime_is_clamped)
        LOG(loop->log, LEVEL_WARN, "expires_in is absent or absurd, taking another",
            LOG_STR("authorizer", authorizer_of(job)),
            LOG_INT("expires_in", work->answer.expires_in_s),
            LOG_INT("taken", work->row.expires_at_s - work->sent_at_s));
}

static void log_dead(struct loop *loop, const struct job *job)
{
    const struct answer *answer = &job->work.answer;
    LOG(loop->log, LEVEL_WARN, "record is in the dead letters",
        LOG_STR("reason", dead_reason_word(job->dead.reason)),
        LOG_TEXT("detail", job->dead.message),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", authorizer_of(job)),
        LOG_INT("errcode", job->calls ? answer->errcode : 0), LOG_STR("rid", rid_of(answer)),
        LOG_INT("tries", job->tries), LOG_STR("topic", job->work.origin.topic),
        LOG_INT("partition", job->work.origin.partition),
        LOG_INT("offset", job->work.origin.offset));
}

static void log_quiet(struct loop *loop, const struct job *job)
{
    LOG(loop->log, LEVEL_DEBUG, "nothing changed", LOG_STR("outcome", outcome_word(job->outcome)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_STR("topic", job->work.origin.topic),
        LOG_INT("partition", job->work.origin.partition),
        LOG_INT("offset", job->work.origin.offset));
}

void loop_log_end(struct loop *loop, const struct job *job)
{
    switch (job->outcome) {
    case OUTCOME_UPDATED:
        log_changed(loop, job);
        return;
    case OUTCOME_DEAD:
        log_dead(loop, job);
        return;
    case OUTCOME_ANNOUNCED_AGAIN:
    case OUTCOME_COVERED:
    case OUTCOME_DUPLICATE:
    case OUTCOME_STALE:
    case OUTCOME_ALREADY_REFRESHED:
    case OUTCOME_NOT_AUTHORIZED:
    case OUTCOME_OTHER_INFO_TYPE:
    case OUTCOME_DROPPED:
        log_quiet(loop, job);
        return;
    }
}

void loop_log_trouble(struct loop *loop, const struct job *job, const char *msg, const char *detail)
{
    LOG(loop->log, LEVEL_WARN, msg, LOG_STR("authorizer", authorizer_of(job)),
        LOG_TEXT("detail", detail), LOG_STR("topic", job->work.origin.topic),
        LOG_INT("partition", job->work.origin.partition),
        LOG_INT("offset", job->work.origin.offset));
}

void loop_log_notices(struct loop *loop)
{
    struct notice notice;
    while (engine_take_notice(&loop->engine, &notice)) {
        if (notice.is_shut)
            LOG(loop->log, LEVEL_WARN, "component token refused or missing, its calls wait",
                LOG_STR("component", appid_str(&notice.component)),
                LOG_TEXT("opens",
                         "another token in wxtoken.component, or WeChat taking this one again"));
        else
            LOG(loop->log, LEVEL_INFO, "component token accepted, its calls go on",
                LOG_STR("component", appid_str(&notice.component)));
    }
}

void loop_log_connection(struct loop *loop)
{
    bool is_connected = postgres_is_connected(loop->postgres);
    if (is_connected == loop->was_connected)
        return;
    loop->was_connected = is_connected;
    if (is_connected)
        LOG(loop->log, LEVEL_INFO, "database connected");
    else
        LOG(loop->log, LEVEL_WARN, "database away, its work waits",
            LOG_TEXT("detail", postgres_trouble(loop->postgres)));
}
