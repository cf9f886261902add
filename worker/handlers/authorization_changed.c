#include "handlers/inquiry.h"
#include "handlers/work.h"

/*
 * authorization-changed: exchanges the code of an authorisation, or notes a revocation.
 *
 * A code is sent until it has brought an answer, and never after that. If the write of the exchange
 * is refused, or if the authorizer turns out to have a row that the write was not based on, WeChat
 * is asked which refresh token it has now. The handler then refreshes with that token and writes
 * the result: of two tokens that crossed, only a later third one is surely the last.
 */

static struct step on_start(struct work *work)
{
    if (work->input.info_type == INFO_OTHER)
        return step_done(OUTCOME_OTHER_INFO_TYPE);
    return (struct step){.kind = STEP_LOAD};
}

static struct step store_revocation(struct work *work)
{
    work_begin_change(work);
    work_revoke(work);
    work->change.authorized_at_s = work->input.create_time_s;
    return (struct step){.kind = STEP_STORE};
}

static struct step on_row_of_revocation(struct work *work)
{
    const struct authorizer *row = &work->row;
    if (!authorizer_exists(row))
        return store_revocation(work);
    if (work_row_is_mine(work))
        return step_announce(OUTCOME_UPDATED);
    if (work_is_redelivered(work))
        return work_settle(work, OUTCOME_ANNOUNCED_AGAIN);
    if (row->status == STATUS_UNAUTHORIZED && row->authorized_at_s == work->input.create_time_s)
        return step_done(OUTCOME_DUPLICATE);
    if (row->authorized_at_s > work->input.create_time_s)
        return step_done(OUTCOME_STALE);
    return store_revocation(work);
}

/* If the seconds are equal, a revocation wins, but two different codes are both exchanged. */
static bool is_stale(const struct work *work)
{
    const struct authorizer *row = &work->row;
    if (row->status == STATUS_UNAUTHORIZED)
        return work->input.create_time_s <= row->authorized_at_s;
    return work->input.create_time_s < row->authorized_at_s;
}

static bool has_nothing_to_do(const struct work *work, struct step *step)
{
    const struct authorizer *row = &work->row;
    if (!authorizer_exists(row))
        return false;
    if (work_is_redelivered(work))
        *step = work_settle(work, OUTCOME_ANNOUNCED_AGAIN);
    else if (row->has_digest &&
             memcmp(row->code_digest, work->input.code_digest, DIGEST_BYTES) == 0)
        *step = work_settle(work, OUTCOME_DUPLICATE);
    else if (is_stale(work))
        *step = step_done(OUTCOME_STALE);
    else
        return false;
    return true;
}

/* Puts this code's authorisation into the change, unless the row has a later one. */
static void use_authorisation(struct work *work)
{
    struct change *change = &work->change;
    if (change->authorized_at_s > work->input.create_time_s)
        return;
    change->authorized_at_s = work->input.create_time_s;
    change->has_digest = true;
    memcpy(change->code_digest, work->input.code_digest, DIGEST_BYTES);
}

static struct step store_exchange(struct work *work)
{
    work->owes = true;
    work_begin_change(work);
    if (work->call == CALL_AUTHORIZER_TOKEN)
        work_use_reported(work);
    else if (work->answer.scopes.at)
        work->change.scopes = work->answer.scopes;
    work_use_tokens(work);
    use_authorisation(work);
    return (struct step){.kind = STEP_STORE};
}

/* The merchant has authorised and then withdrawn. */
static struct step store_withdrawal(struct work *work)
{
    work_begin_change(work);
    work_revoke(work);
    use_authorisation(work);
    inquiry_note_errcode(work);
    return step_store_withdrawal();
}

static struct step dead_code(const struct work *work)
{
    if (errcode_class(CALL_QUERY_AUTH, work->inquiry.errcode) == CLASS_CODE_EXPIRED)
        return step_dead(DEAD_CODE_EXPIRED,
                         "the code is expired and WeChat tells no token it brought");
    return step_dead(DEAD_CODE_SPENT, "the code is spent and WeChat tells no token it brought");
}

/* Looks for the row of a spent code whose authorizer is not known: the job that spent the code may
 * be about to store the row, with the digest of the code. */
static struct step search_digest(struct work *work)
{
    enum { SEARCH_MS = 30000, LOOK_EVERY_MS = 2000 };
    if (authorizer_exists(&work->row)) {
        work->learned = work->row.authorizer;
        return (struct step){.kind = STEP_JOIN};
    }
    if (!work->inquiry.search_until_ms)
        work->inquiry.search_until_ms = work->wall_ms + SEARCH_MS;
    if (work->wall_ms >= work->inquiry.search_until_ms)
        return dead_code(work);
    struct step step = step_wait(LOOK_EVERY_MS, "the code is spent, looking for who has it");
    step.steps_back = true; /* that job may be the push of the same code, right after this one */
    return step;
}

/* The code has brought an answer, and the row does not have what it brought. */
static struct step on_row_after_exchange(struct work *work)
{
    if (!appid_is_known(&work->input.authorizer))
        return search_digest(work);
    if (!authorizer_exists(&work->row) && work->call == CALL_QUERY_AUTH && work->holds_token)
        return store_exchange(work);
    return inquiry_ask();
}

static struct step on_row(struct work *work)
{
    struct step nothing;
    const struct authorizer *row = &work->row;
    if (work->input.info_type == INFO_UNAUTHORIZED)
        return on_row_of_revocation(work);
    if (work_row_is_mine(work))
        return step_announce(OUTCOME_UPDATED);
    if (!work->owes && has_nothing_to_do(work, &nothing))
        return nothing;
    if (work->owes && row->status == STATUS_UNAUTHORIZED &&
        row->authorized_at_s >= work->input.create_time_s)
        return work_end_at_withdrawal(work);
    if (work->code_has_answered)
        return on_row_after_exchange(work);
    return step_call(CALL_QUERY_AUTH, work->input.code);
}

static struct step on_exchanged(struct work *work)
{
    bool was_known = appid_is_known(&work->input.authorizer);
    work->owes = true;
    /* An answer for another authorizer is no answer: the code may not have been exchanged. */
    if (was_known && !appid_equal(&work->input.authorizer, &work->answer.authorizer))
        return work_ignore_answer();
    work->code_has_answered = true;
    if (!was_known) {
        work->holds_token = true;
        work->learned = work->answer.authorizer;
        return (struct step){.kind = STEP_JOIN};
    }
    return store_exchange(work);
}

/*
 * Lets no job wait with an expired code, which brings nothing any more. The exception: a call whose
 * answer was lost may have exchanged the code. Then WeChat has the authorisation, and the
 * authorizer is known.
 */
static struct step unless_expired(const struct work *work, struct step step)
{
    bool may_be_exchanged = work->code_has_answered ||
                            (work->owes && appid_is_known(&work->input.authorizer));
    bool has_expired = work->wall_ms / MS_PER_S >= work->input.code_expires_s;
    bool is_to_wait = step.kind == STEP_RETRY || step.kind == STEP_WAIT;
    if (!is_to_wait || !has_expired || may_be_exchanged)
        return step;
    return step_dead(DEAD_CODE_EXPIRED, "the code expired before it could be exchanged");
}

static struct step on_code_spent(struct work *work)
{
    work->code_has_answered = true;
    inquiry_note_refusal(work);
    return appid_is_known(&work->input.authorizer) ? inquiry_ask() : search_digest(work);
}

static struct step continue_inquiry(struct work *work)
{
    struct step step;
    if (inquiry_continue(work, &step))
        return step;
    return inquiry_says_withdrawn(work) ? store_withdrawal(work) : dead_code(work);
}

static struct step on_refused(struct work *work)
{
    enum errcode_class class = errcode_class(work->call, work->answer.errcode);
    if (class == CLASS_CODE_SPENT || class == CLASS_CODE_EXPIRED)
        return on_code_spent(work);
    if (!inquiry_is_due(work) || !appid_is_known(&work->input.authorizer))
        return unless_expired(work, work_not_done(work));
    if (work->call == CALL_AUTHORIZER_INFO)
        return continue_inquiry(work);
    inquiry_note_refusal(work);
    work->code_has_answered = true;
    return inquiry_ask();
}

static struct step on_answer(struct work *work)
{
    if (work->answer.kind == ANSWER_REFUSED)
        return on_refused(work);
    if (work->answer.kind != ANSWER_DONE)
        return unless_expired(work, work_not_done(work));
    switch (work->call) {
    case CALL_QUERY_AUTH:
        return on_exchanged(work);
    case CALL_AUTHORIZER_INFO:
        return continue_inquiry(work);
    case CALL_AUTHORIZER_TOKEN:
        break;
    }
    return store_exchange(work);
}

const struct handler *authorization_changed_handler(void)
{
    static const struct handler handler = {
        .on_start = on_start,
        .on_row = on_row,
        .on_answer = on_answer,
    };
    return &handler;
}
