/*
 * Admission: who may call. Each job asks its component's gate and gets an answer. See gate.h for
 * the bars.
 *
 * A job does not lose a try at a gate. It waits in memory for worker.hold_max_ms at most and is
 * parked after that, or at once if the gate is known to stay shut for longer. One waiting job of a
 * gate, the token watcher, looks for another component token. Nothing here parks a job or lets it
 * back off: the answer says what to do, and steps.c does it. Private to engine/.
 */
#pragma once

#include "engine/engine.h"

enum admission_kind {
    ADMIT_CALL,  /* the job may call now */
    ADMIT_LOOK,  /* the job reads its row again at once: the gate may be open */
    ADMIT_WAIT,  /* the job waits at the gate, see admission_wait() */
    ADMIT_PARK,  /* the gate stays shut too long: the job is parked, due a little after `until` */
    ADMIT_RETRY, /* the gate is open, but this call of the job is refused: it backs off */
};

struct admission {
    enum admission_kind kind;
    ms_t until;      /* WAIT, PARK: when the wait may be over */
    const char *why; /* WAIT, PARK, RETRY: a constant */
    bool is_watched; /* WAIT: for the component's token, with this job as the token watcher */
};

/* The job wants to make its next call. Opens and shuts bars, and sends the jobs that this concerns
 * back to read their rows. */
struct admission admission_ask(struct engine *engine, struct job *job);

/* WeChat refused the job's call for a reason that holds for other calls too. */
struct admission admission_ask_again(struct engine *engine, struct job *job,
                                     enum obstacle obstacle);

/* Makes the job wait at its gate. */
void admission_wait(struct engine *engine, struct job *job, const struct admission *admission);

/* The job's call was answered; `step` is what its handler makes of the answer. Bars may open or
 * shut, whatever becomes of the job itself. */
void admission_note_answer(struct engine *engine, struct job *job, const struct step *step);

/* Returns true if WeChat's word that the account of the job has withdrawn is believed: the fuse of
 * the component has not blown, or WeChat has said so for an hour. */
bool admission_believes(const struct engine *engine, struct job *job);

/* The job waits elsewhere, or continues. If it was its gate's token watcher, another waiting job
 * takes over. */
void admission_pass_on(struct engine *engine, struct job *job);

/* The job leaves its gate for good. */
void admission_leave(struct engine *engine, struct job *job);
