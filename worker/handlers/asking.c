#include "handlers/asking.h"

#include "base/hash.h"
#include "handlers/work.h"

enum {
    ASKS_MAX = 5, /* different tokens tried in a row, each of them refused, before it backs off */
    ASK_AGAIN_MS = 60000, /* the same token again: once more after a minute */
};

void asking_note_refusal(struct work *work)
{
    struct asking *asking = &work->asking;
    struct str sent = asking->sends_told ? work->told_refresh_token : work->row.refresh_token;
    if (work->call == CALL_AUTHORIZER_TOKEN)
        asking->refused_token = hash_bytes(sent);
    asking->refused_version = work->row.version;
    asking->refused_at_ms = work->wall_ms;
    asking->errcode = work->answer.errcode;
    asking->rid = work->answer.rid;
}

struct step asking_begin(void)
{
    return step_call(CALL_AUTHORIZER_INFO, (struct str){0});
}

/* Without a refusal of a token before it, any token is another one. */
static bool is_another_token(const struct work *work)
{
    const struct asking *asking = &work->asking;
    struct str told = work->told_refresh_token;
    bool is_refused = asking->refused_token && asking->refused_version == work->row.version &&
                      hash_bytes(told) == asking->refused_token;
    return !str_is_empty(told) && !is_refused;
}

/* WeChat tells no token, or has refused the one it tells once more since the minute is over: one refusal may be a mistake. */
static bool is_refused_for_good(const struct work *work)
{
    const struct asking *asking = &work->asking;
    return str_is_empty(work->told_refresh_token) ||
           asking->refused_at_ms >= asking->vain_at_ms + ASK_AGAIN_MS;
}

static struct step send_told(struct work *work)
{
    work->asking.sends_told = true;
    return step_call(CALL_AUTHORIZER_TOKEN, work->told_refresh_token);
}

bool asking_goes_on(struct work *work, struct step *step)
{
    struct asking *asking = &work->asking;
    if (!appid_equal(&work->input.authorizer, &work->answer.authorizer)) {
        *step = work_set_aside();
        return true;
    }
    if (is_another_token(work)) {
        asking->was_in_vain = false;
        asking->asks++;
        *step = asking->asks % ASKS_MAX ? send_told(work)
                                        : step_retry("every refresh token told is refused");
        return true;
    }
    if (!asking->was_in_vain || asking->vain_version != work->row.version) {
        asking->was_in_vain = true;
        asking->vain_version = work->row.version;
        asking->vain_at_ms = work->wall_ms;
    }
    ms_t left_ms = asking->vain_at_ms + ASK_AGAIN_MS - work->wall_ms;
    if (left_ms <= 0 && is_refused_for_good(work))
        return false;
    if (left_ms <= 0) {
        *step = send_told(work);
        return true;
    }
    *step = step_wait(left_ms, "WeChat tells no other refresh token, asking once more");
    return true;
}
