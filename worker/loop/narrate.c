#include "loop/internal.h"
#include "wire/dead.h"

#define LOG_ORIGIN(origin)                                                                         \
    LOG_STR("topic", (origin).topic), LOG_INT("partition", (origin).partition),                    \
        LOG_INT("offset", (origin).offset)

static struct str authorizer_of(const struct job *job)
{
    return appid_str(appid_is_known(&job->work.input.authorizer) ? &job->work.input.authorizer
                                                                 : &job->work.row.authorizer);
}

static void log_if_of_another(struct loop *loop, const struct job *job, const struct answer *answer)
{
    const struct appid *asked = &job->work.input.authorizer;
    bool names_one = appid_is_known(asked) && appid_is_known(&answer->authorizer);
    if (!names_one || appid_equal(asked, &answer->authorizer))
        return;
    LOG(loop->log, LEVEL_ERROR, "WeChat answered for another authorizer, storing nothing of it",
        LOG_STR("call", wechat_call_name(job->work.call)),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", appid_str(asked)),
        LOG_STR("answered_for", appid_str(&answer->authorizer)), LOG_ORIGIN(job->work.origin));
}

void loop_log_answer(struct loop *loop, const struct job *job, const struct answer *answer)
{
    if (answer->kind == ANSWER_DONE) {
        log_if_of_another(loop, job, answer);
        return;
    }
    bool is_refused = answer->kind == ANSWER_REFUSED;
    LOG(loop->log, LEVEL_WARN,
        is_refused ? "WeChat refused, acting on the errcode" : "no answer from WeChat, retrying",
        LOG_STR("call", wechat_call_name(job->work.call)),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_INT("errcode", answer->errcode),
        LOG_STR("rid", rid_str(&answer->rid)),
        is_refused ? LOG_STR("detail", handler_errcode_text(job->work.call, answer->errcode))
                   : LOG_TEXT("detail", answer->detail),
        LOG_INT("tries", (int64_t)job->tries + 1));
}

static void log_changed(struct loop *loop, const struct job *job)
{
    const struct work *work = &job->work;
    bool is_condemned = work->row.status == STATUS_REAUTHORIZATION_REQUIRED;
    LOG(loop->log, is_condemned ? LEVEL_WARN : LEVEL_INFO, "authorizer updated",
        LOG_STR("event", input_name(work->input.kind)),
        LOG_STR("component", appid_str(&work->input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_STR("status", status_word(work->row.status)),
        LOG_INT("version", work->row.version), LOG_INT("errcode", work->change.last_errcode),
        LOG_STR("rid", work->change.last_rid), LOG_INT("tries", job->tries),
        LOG_ORIGIN(work->origin));
    if (work->lifetime_is_clamped)
        LOG(loop->log, LEVEL_WARN, "expires_in is absent or absurd, taking another",
            LOG_STR("authorizer", authorizer_of(job)),
            LOG_INT("expires_in", work->answer.expires_in_s),
            LOG_INT("taken", work->row.expires_at_s - work->sent_at_s));
}

struct refusal loop_refusal_of(const struct job *job)
{
    const struct answer *answer = &job->work.answer;
    const struct inquiry *inquiry = &job->work.inquiry;
    if (job->calls && answer->kind == ANSWER_REFUSED)
        return (struct refusal){.errcode = answer->errcode, .rid = rid_str(&answer->rid)};
    return (struct refusal){.errcode = inquiry->errcode, .rid = rid_str(&inquiry->rid)};
}

static void log_dead(struct loop *loop, const struct job *job)
{
    struct refusal refusal = loop_refusal_of(job);
    LOG(loop->log, LEVEL_WARN, "record is in the dead letters",
        LOG_STR("reason", dead_reason_word(job->dead.reason)),
        LOG_TEXT("detail", job->dead.message),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_INT("errcode", refusal.errcode),
        LOG_STR("rid", refusal.rid), LOG_INT("tries", job->tries), LOG_ORIGIN(job->work.origin));
}

static void log_parked(struct loop *loop, const struct job *job)
{
    ms_t wait_ms = job->waits_until - loop->now;
    LOG(loop->log, LEVEL_DEBUG, "record is parked, trying again when it is due",
        LOG_TEXT("reason", job->why), LOG_INT("wait_ms", wait_ms > 0 ? wait_ms : 0),
        LOG_STR("component", appid_str(&job->work.input.component)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_INT("tries", job->tries),
        LOG_INT("owes", job->parked.owes), LOG_ORIGIN(job->work.origin));
}

static void log_quiet(struct loop *loop, const struct job *job)
{
    LOG(loop->log, LEVEL_DEBUG, "nothing changed", LOG_STR("outcome", outcome_word(job->outcome)),
        LOG_STR("authorizer", authorizer_of(job)), LOG_ORIGIN(job->work.origin));
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
    case OUTCOME_SUPERSEDED:
    case OUTCOME_SETTLED:
    case OUTCOME_SERVED:
    case OUTCOME_NOT_AUTHORIZED:
    case OUTCOME_OTHER_INFO_TYPE:
    case OUTCOME_PARKED_BEFORE:
    case OUTCOME_DROPPED:
        log_quiet(loop, job);
        return;
    case OUTCOME_PARKED:
        if (job->has_updated)
            log_changed(loop, job);
        log_parked(loop, job);
        return;
    case OUTCOME_DEBT_GIVEN_UP:
        LOG(loop->log, LEVEL_WARN, "gave up the refresh after a lost call, the next one is on time",
            LOG_TEXT("detail", job->why),
            LOG_STR("component", appid_str(&job->work.input.component)),
            LOG_STR("authorizer", authorizer_of(job)), LOG_INT("tries", job->tries));
        return;
    }
}

void loop_log_trouble(struct loop *loop, const struct job *job, const char *msg, const char *detail)
{
    LOG(loop->log, LEVEL_WARN, msg, LOG_STR("authorizer", authorizer_of(job)),
        LOG_TEXT("detail", detail), LOG_ORIGIN(job->work.origin));
}

/* What the log says when a gate's bar shuts and when it opens, and what opens it. */
struct bar_words {
    const char *shut, *open, *opens_by;
};

static struct bar_words words_of(enum obstacle kind)
{
    switch (kind) {
    case OBSTACLE_COMPONENT_TOKEN:
        return (struct bar_words){
            "component token refused or missing, its calls wait",
            "component token accepted, its calls go on",
            "another token in wxtoken.component, or WeChat taking this one again"};
    case OBSTACLE_CONFIGURATION:
        return (struct bar_words){"WeChat refuses the component's configuration, its calls wait",
                                  "WeChat takes the component's calls again",
                                  "a call that goes through, tried once a minute"};
    case OBSTACLE_THROTTLE:
        return (struct bar_words){
            "WeChat asks for fewer calls a minute, the component's calls wait",
            "the minute is over, calls go on, a few at first", "a minute"};
    case OBSTACLE_QUOTA:
        break;
    }
    return (struct bar_words){"quota used up, such calls of the component wait",
                              "quota is back, such calls of the component go on",
                              "a call that goes through, tried every wechat.quota_wait_ms"};
}

static struct str barred_call(struct bar_id bar)
{
    return bar.kind == OBSTACLE_QUOTA ? wechat_call_name(bar.call) : STR("");
}

static void log_gate_event(struct loop *loop, const struct gate_event *event)
{
    struct bar_words words = words_of(event->bar.kind);
    struct str component = appid_str(&event->component);
    switch (event->kind) {
    case GATE_SHUT:
        LOG(loop->log, LEVEL_WARN, words.shut, LOG_STR("component", component),
            LOG_STR("call", barred_call(event->bar)), LOG_INT("errcode", event->errcode),
            LOG_TEXT("opens", words.opens_by));
        return;
    case GATE_OPENED:
        LOG(loop->log, LEVEL_INFO, words.open, LOG_STR("component", component),
            LOG_STR("call", barred_call(event->bar)));
        return;
    case GATE_DOUBTS:
        LOG(loop->log, LEVEL_ERROR,
            "WeChat says of too many accounts that they withdrew, keeping their tokens for an hour",
            LOG_STR("component", component));
        return;
    }
}

void loop_log_gate_events(struct loop *loop)
{
    struct gate_event event;
    while (engine_take_gate_event(&loop->engine, &event))
        log_gate_event(loop, &event);
}

void loop_log_connection(struct loop *loop)
{
    bool is_connected = postgres_is_connected(loop->postgres);
    if (is_connected == loop->seen.is_connected)
        return;
    loop->seen.is_connected = is_connected;
    if (is_connected)
        LOG(loop->log, LEVEL_INFO, "database connected");
    else
        LOG(loop->log, LEVEL_WARN, "database away, its work waits",
            LOG_TEXT("detail", postgres_trouble(loop->postgres)));
}

void loop_log_producer_full(struct loop *loop)
{
    if (!loop->seen.is_producer_full)
        LOG(loop->log, LEVEL_WARN, "Kafka's producer is full, announcements wait",
            LOG_TEXT("opens", "the brokers acknowledging what they were sent"));
    loop->seen.is_producer_full = true;
}

void loop_log_producer_room(struct loop *loop)
{
    if (loop->seen.is_producer_full)
        LOG(loop->log, LEVEL_INFO, "Kafka's producer has room again, announcements go on");
    loop->seen.is_producer_full = false;
}
