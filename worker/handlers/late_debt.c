#include "handlers/inquiry.h"
#include "handlers/work.h"

/*
 * A late debt: what is left of a record whose call was lost. The record is stored and announced,
 * but the lost call may still have acted after that, and then the stored token is not WeChat's
 * last. One refresh that is sent after the last such moment makes up for it.
 *
 * A debt is a refresh, whatever the record was: it looks at no code and never becomes a dead
 * letter.
 */

/* Returns true if the row's token comes from a call that was sent after the lost one could act. */
static bool is_paid(const struct work *work)
{
    return work->row.sent_at_s >= work->late_until_s;
}

/* A version that this record wrote may not have been announced, if the process was killed. */
static struct step end(const struct work *work)
{
    return work_is_redelivered(work) ? work_settle(work, OUTCOME_SETTLED)
                                     : step_done(OUTCOME_SETTLED);
}

static struct step on_row(struct work *work)
{
    const struct authorizer *row = &work->row;
    if (!authorizer_exists(row))
        return step_done(OUTCOME_SETTLED);
    if (work_row_is_mine(work))
        return step_announce(OUTCOME_UPDATED);
    if (row->status != STATUS_AUTHORIZED || (!work->owes && is_paid(work)))
        return end(work);
    ms_t left_ms = work->late_until_s * MS_PER_S - work->wall_ms;
    if (left_ms > 0)
        return step_wait(left_ms, "a lost call may still act at WeChat");
    return inquiry_refresh(work);
}

static struct step on_answer(struct work *work)
{
    struct step step = refresh_due_handler()->on_answer(work);
    return step.kind == STEP_DEAD ? step_wait_long(step.why) : step;
}

const struct handler *handler_of_late_debt(void)
{
    static const struct handler handler = {
        .on_row = on_row,
        .on_answer = on_answer,
    };
    return &handler;
}
