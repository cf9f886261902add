#include "handlers/inquiry.h"

#include "base/hash.h"
#include "handlers/work.h"

enum {
    REPORTS_MAX = 5,      /* the job backs off at every fifth report of another token */
    ASK_AGAIN_MS = 60000, /* if WeChat reports the same token, it is asked again after a minute */
};

void inquiry_note_refusal(struct work *work)
{
    struct inquiry *inquiry = &work->inquiry;
    struct str sent = work->sends_reported ? work->reported_refresh_token : work->row.refresh_token;
    if (work->call == CALL_AUTHORIZER_TOKEN)
        inquiry->refused_token = hash_bytes(sent);
    inquiry->errcode = work->answer.errcode;
    inquiry->rid = work->answer.rid;
    work->refused_version = work->row.version;
    work->refused_at_ms = work->wall_ms;
}

struct step inquiry_ask(void)
{
    return step_call(CALL_AUTHORIZER_INFO, (struct str){0});
}

struct step inquiry_refresh(struct work *work)
{
    if (str_is_empty(work->row.refresh_token))
        return inquiry_ask();
    work->sends_reported = false;
    return step_call(CALL_AUTHORIZER_TOKEN, work->row.refresh_token);
}

/* If no token was refused before, any token is another one. */
static bool is_another_token(const struct work *work)
{
    uint64_t refused = work->inquiry.refused_token;
    struct str reported = work->reported_refresh_token;
    bool is_refused = refused && work->refused_version == work->row.version &&
                      hash_bytes(reported) == refused;
    return !str_is_empty(reported) && !is_refused;
}

/* Returns true if WeChat reports no token, or if it has refused the reported one again after the
 * minute: one refusal alone may be a mistake. */
static bool is_refused_for_good(const struct work *work)
{
    return work->answer.kind == ANSWER_REFUSED || str_is_empty(work->reported_refresh_token) ||
           work->refused_at_ms >= work->inquiry.exhausted_at_ms + ASK_AGAIN_MS;
}

static struct step send_reported(struct work *work)
{
    work->sends_reported = true;
    return step_call(CALL_AUTHORIZER_TOKEN, work->reported_refresh_token);
}

static struct step use_another_token(struct work *work)
{
    work->inquiry.exhausted_version = INQUIRY_NEVER;
    work->reports++;
    return work->reports % REPORTS_MAX ? send_reported(work)
                                       : step_retry("every refresh token told is refused");
}

bool inquiry_is_due(const struct work *work)
{
    enum errcode_class class = errcode_class(work->call, work->answer.errcode);
    return class == CLASS_REFRESH_TOKEN || class == CLASS_NOT_AUTHORIZED;
}

bool inquiry_continue(struct work *work, struct step *step)
{
    struct inquiry *inquiry = &work->inquiry;
    bool is_report = work->answer.kind == ANSWER_DONE;
    if (is_report && !appid_equal(&work->input.authorizer, &work->answer.authorizer)) {
        *step = work_ignore_answer();
        return true;
    }
    if (is_report && is_another_token(work)) {
        *step = use_another_token(work);
        return true;
    }
    if (inquiry->exhausted_version != work->row.version) {
        inquiry->exhausted_version = work->row.version;
        inquiry->exhausted_at_ms = work->wall_ms;
    }
    ms_t left_ms = inquiry->exhausted_at_ms + ASK_AGAIN_MS - work->wall_ms;
    if (left_ms <= 0 && is_refused_for_good(work))
        return false;
    if (left_ms <= 0) {
        *step = send_reported(work);
        return true;
    }
    *step = step_wait(left_ms, is_report
                                   ? "WeChat tells no other refresh token, asking once more"
                                   : "WeChat says that the account withdrew, asking once more");
    return true;
}

bool inquiry_says_withdrawn(const struct work *work)
{
    enum errcode_class class = errcode_class(CALL_AUTHORIZER_TOKEN, work->inquiry.errcode);
    return work->answer.kind == ANSWER_REFUSED || class == CLASS_NOT_AUTHORIZED;
}

void inquiry_note_errcode(struct work *work)
{
    bool is_refused = work->answer.kind == ANSWER_REFUSED;
    const struct rid *rid = is_refused ? &work->answer.rid : &work->inquiry.rid;
    work->change.last_errcode = is_refused ? work->answer.errcode : work->inquiry.errcode;
    if (rid->len)
        work->change.last_rid = rid_str(rid);
}
