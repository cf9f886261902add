#include "handlers/inquiry.h"
#include "handlers/work.h"

/*
 * refresh-due: exchanges the stored refresh token for a new access token.
 *
 * A job that has sent nothing may find that there is nothing to do. A job that has sent a call
 * which may have acted keeps calling until the row holds the token of a call of its own: of two
 * refreshes that crossed, only a later third one is surely the last.
 */

static struct step on_start(struct work *work)
{
    (void)work;
    return (struct step){.kind = STEP_LOAD};
}

/* Returns true if the merchant has authorised since the refresh was parked, and that exchange is
 * stored: its token is newer than the one that was due. */
static bool is_superseded(const struct work *work)
{
    const struct authorizer *row = &work->row;
    return work->parked_at_us && row->updated_at_us > work->parked_at_us &&
           row->authorized_at_s * MS_PER_S > work->first_seen_ms;
}

static bool has_nothing_to_do(const struct work *work, struct step *step)
{
    const struct authorizer *row = &work->row;
    if (work_is_redelivered(work))
        *step = work_settle(work, OUTCOME_ANNOUNCED_AGAIN);
    else if (row->status != STATUS_AUTHORIZED)
        *step = step_done(OUTCOME_NOT_AUTHORIZED);
    else if (work->input.version >= 0 && row->version > work->input.version)
        *step = step_done(OUTCOME_ALREADY_REFRESHED);
    else if (is_superseded(work))
        *step = step_done(OUTCOME_SUPERSEDED);
    else
        return false;
    return true;
}

static struct step on_row(struct work *work)
{
    const struct authorizer *row = &work->row;
    struct step nothing;
    if (!authorizer_exists(row))
        return step_dead(DEAD_UNKNOWN_AUTHORIZER,
                         "no row in wxtoken.authorizer for this authorizer");
    if (work_row_is_mine(work))
        return step_announce(OUTCOME_UPDATED);
    if (!work->owes && has_nothing_to_do(work, &nothing))
        return nothing;
    if (row->status == STATUS_UNAUTHORIZED)
        return work_end_at_withdrawal(work);
    if (str_is_empty(row->refresh_token))
        return inquiry_ask();
    work->sends_reported = false;
    return step_call(CALL_AUTHORIZER_TOKEN, row->refresh_token);
}

static struct step store_token(struct work *work)
{
    work->owes = true;
    work_begin_change(work);
    if (work->sends_reported)
        work_use_reported(work);
    work_use_tokens(work);
    return (struct step){.kind = STEP_STORE};
}

/* WeChat has no refresh token but the one that it refuses: only the merchant can help. */
static struct step condemn(struct work *work)
{
    const struct inquiry *inquiry = &work->inquiry;
    work_begin_change(work);
    work->change.status = STATUS_REAUTHORIZATION_REQUIRED;
    work->change.last_errcode = inquiry->errcode;
    if (inquiry->rid.len)
        work->change.last_rid = rid_str(&inquiry->rid);
    return (struct step){.kind = STEP_STORE};
}

/* The fence lets this write pass only if the row has not changed since it was read. */
static struct step revoke(struct work *work)
{
    work_begin_change(work);
    work_revoke(work);
    work_note_errcode(work);
    return (struct step){.kind = STEP_STORE};
}

static struct step on_refused(struct work *work)
{
    enum errcode_class class = errcode_class(work->call, work->answer.errcode);
    if (class == CLASS_NOT_AUTHORIZED)
        return revoke(work);
    if (class != CLASS_REFRESH_TOKEN)
        return work_not_done(work);
    inquiry_note_refusal(work);
    return inquiry_ask();
}

static struct step on_answer(struct work *work)
{
    struct step step;
    if (work->answer.kind == ANSWER_REFUSED)
        return on_refused(work);
    if (work->answer.kind != ANSWER_DONE)
        return work_not_done(work);
    if (work->call == CALL_AUTHORIZER_TOKEN)
        return store_token(work);
    return inquiry_continue(work, &step) ? step : condemn(work);
}

const struct handler *refresh_due_handler(void)
{
    static const struct handler handler = {
        .is_covered_by_refresh = true,
        .on_start = on_start,
        .on_row = on_row,
        .on_answer = on_answer,
    };
    return &handler;
}
