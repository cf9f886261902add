/*
 * What both handlers do alike: naming steps, reading the row and the answer, preparing the write.
 *
 * Functions on the job's `struct work`; see handler.h for its ownership. Nothing here decides between kinds of event.
 */
#pragma once

#include "handlers/errcode.h"
#include "handlers/handler.h"

static inline struct step step_done(enum outcome outcome)
{
    return (struct step){.kind = STEP_DONE, .outcome = outcome};
}

static inline struct step step_announce(enum outcome outcome)
{
    return (struct step){.kind = STEP_ANNOUNCE, .outcome = outcome};
}

static inline struct step step_retry(const char *why)
{
    return (struct step){.kind = STEP_RETRY, .why = why};
}

static inline struct step step_wait(ms_t wait_ms, const char *why)
{
    return (struct step){.kind = STEP_WAIT, .wait_ms = wait_ms, .why = why};
}

static inline struct step step_obstructed(enum obstacle obstacle)
{
    return (struct step){.kind = STEP_OBSTRUCTED, .obstacle = obstacle};
}

static inline struct step step_dead(enum dead_reason reason, const char *why)
{
    return (struct step){.kind = STEP_DEAD, .reason = reason, .why = why};
}

static inline struct step step_call(enum wechat_call call, struct str secret)
{
    return (struct step){.kind = STEP_CALL, .call = call, .secret = secret};
}

/* Whether the row holds what this job wrote: the very token it holds, or its own write without a token. */
bool work_row_is_mine(const struct work *work);

/* For a job that has nothing to add to the row: done, after announcing the row's version where nobody is known to have. */
struct step work_settle(const struct work *work, enum outcome outcome);

/* Whether the record was carried out before, as the row remembers. */
bool work_is_redelivered(const struct work *work);

/* For a job that owes and finds the account withdrawn: done. By its own record, though another wrote it: then it may be
 * that nobody has announced it. */
struct step work_end_at_withdrawal(const struct work *work);

/* Notes what an answer that brought no success means for what is owed, and names the step. */
struct step work_not_done(struct work *work);

/* The answer was for somebody else: nothing of it is stored, and whoever runs this hears of it. */
struct step work_ignore_answer(void);

/* Begins work->change: everything as the row has it, on the row's version, by this record and this process. */
void work_begin_change(struct work *work);

/* Makes the change a revocation: both tokens and all times go, authorized_at stays. */
void work_revoke(struct work *work);

/* Notes the refusal just answered in the change, for whoever reads the row. */
void work_note_errcode(struct work *work);

/* Puts what WeChat told when asked back into the change: its refresh token, and its scopes where some came. */
void work_use_reported(struct work *work);

/* Puts the answer's token and its life into the change; the refresh token stays where none came. */
void work_use_tokens(struct work *work);
