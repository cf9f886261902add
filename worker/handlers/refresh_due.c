#include "handlers/inquiry.h"
#include "handlers/work.h"

/*
 * refresh-due: exchanges the stored refresh token for a new access token.
 *
 * A job that has sent nothing may find that there is nothing to do. A job that has sent a call
 * which may have acted keeps calling until the row holds the token of a call of its own: of two
 * refreshes that crossed, only a later third one is surely the last.
 */

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
    else if (work->is_served)
        *step = step_done(OUTCOME_SERVED);
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
    return inquiry_refresh(work);
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

/* Either the account has withdrawn, or WeChat has no refresh token but the one that it refuses:
 * only the merchant can help. The fence lets this write pass only if the row has not changed since
 * it was read. */
static struct step condemn(struct work *work)
{
    work_begin_change(work);
    inquiry_note_errcode(work);
    if (inquiry_says_withdrawn(work)) {
        work_revoke(work);
        return step_store_withdrawal();
    }
    work->change.status = STATUS_REAUTHORIZATION_REQUIRED;
    work->change.late_until_s = 0;
    return (struct step){.kind = STEP_STORE};
}

static struct step continue_inquiry(struct work *work)
{
    struct step step;
    return inquiry_continue(work, &step) ? step : condemn(work);
}

static struct step on_refused(struct work *work)
{
    if (!inquiry_is_due(work))
        return work_not_done(work);
    if (work->call == CALL_AUTHORIZER_INFO)
        return continue_inquiry(work);
    inquiry_note_refusal(work);
    return inquiry_ask();
}

static struct step on_answer(struct work *work)
{
    if (work->answer.kind == ANSWER_REFUSED)
        return on_refused(work);
    if (work->answer.kind != ANSWER_DONE)
        return work_not_done(work);
    if (work->call == CALL_AUTHORIZER_TOKEN)
        return store_token(work);
    return continue_inquiry(work);
}

const struct handler *refresh_due_handler(void)
{
    static const struct handler handler = {
        .is_refresh = true,
        .on_row = on_row,
        .on_answer = on_answer,
    };
    return &handler;
}
