/*
 * Functions that the handlers share: they name steps, read the row and the answer, and prepare the
 * write.
 *
 * The functions work on the job's `struct work`; see handler.h for its ownership. Nothing here
 * depends on the kind of event.
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

enum { LONG_WAIT_MS = 600000 }; /* between tries, if only people can fix the trouble */

static inline struct step step_wait_long(const char *why)
{
    return step_wait(LONG_WAIT_MS, why);
}

static inline struct step step_obstructed(enum obstacle obstacle)
{
    return (struct step){.kind = STEP_OBSTRUCTED, .obstacle = obstacle};
}

static inline struct step step_dead(enum dead_reason reason, const char *why)
{
    return (struct step){.kind = STEP_DEAD, .reason = reason, .why = why};
}

static inline struct step step_store_withdrawal(void)
{
    return (struct step){.kind = STEP_STORE, .is_withdrawal = true};
}

static inline struct step step_call(enum wechat_call call, struct str secret)
{
    return (struct step){.kind = STEP_CALL, .call = call, .secret = secret};
}

/* Returns true if the row holds what this job wrote: the very token that the job holds, or its own
 * write without a token. */
bool work_row_is_mine(const struct work *work);

/* Returns the step of a job that has nothing to add to the row: done, after announcing the row's
 * version if nobody is known to have announced it. */
struct step work_settle(const struct work *work, enum outcome outcome);

/* Returns true if the record was carried out before: it is the cause of the row. */
bool work_is_redelivered(const struct work *work);

/* Returns the step of a job that owes and finds the account withdrawn: done. If another process
 * wrote the withdrawal for the same record, the version is announced first, because perhaps nobody
 * has announced it. */
struct step work_end_at_withdrawal(const struct work *work);

/* Notes what an answer without success means for what the job owes, and returns the next step. */
struct step work_not_done(struct work *work);

/* The answer was for another authorizer. Nothing of it is stored, and the job waits; the loop logs
 * an error, so that people notice. */
struct step work_ignore_answer(void);

/* Begins work->change: authorised, without a due time or an errcode, and otherwise as the row. The
 * change is based on the row's version and has this record as its cause and this process as its
 * writer. */
void work_begin_change(struct work *work);

/* Makes the change a revocation: it removes both tokens and all times but authorized_at. */
void work_revoke(struct work *work);

/* Puts the reported refresh token into the change, and the reported scopes if there are any. */
void work_use_reported(struct work *work);

/* Puts the answer's tokens and their life into the change. The refresh token stays if the answer
 * has none. */
void work_use_tokens(struct work *work);
