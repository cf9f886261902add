/*
 * Who may call: each job asks its component's gate, and is told what to do. See gate.h for the bars.
 *
 * A job at a gate loses no try. It waits in memory for worker.hold_max_ms at most and is parked after that, or at once if
 * the gate is known to stay shut for longer. One waiting job of a gate watches for another component token. Nothing here
 * parks a job or lets it back off: the answer says so, and steps.c acts. Private to the room.
 */
#pragma once

#include "engine/engine.h"

enum admission_kind {
    ADMIT_CALL,  /* it may call now */
    ADMIT_LOOK,  /* it reads its row again at once: the gate may be open */
    ADMIT_WAIT,  /* it waits at the gate, see admission_wait() */
    ADMIT_PARK,  /* the gate stays shut for too long: it is parked, due a little after `until` */
    ADMIT_RETRY, /* the gate is open, but its own call is refused: it backs off */
};

struct admission {
    enum admission_kind kind;
    ms_t until;      /* WAIT, PARK: what is waited for may have come by then */
    const char *why; /* WAIT, PARK, RETRY: a constant */
    bool
        is_watched; /* WAIT: the component's token is what is waited for, and nobody watches for another one yet */
};

/* The job wants to make its next call. Opens and shuts bars, and tells the jobs that this concerns. */
struct admission admission_ask(struct engine *engine, struct job *job);

/* WeChat refused the job's call for a reason that holds for others too. */
struct admission admission_ask_again(struct engine *engine, struct job *job,
                                     enum obstacle obstacle);

/* Lets the job wait at its gate. */
void admission_wait(struct engine *engine, struct job *job, const struct admission *admission);

/* The job's call was answered, and `step` is what its handler makes of that: bars may open or shut, whatever becomes of the
 * job itself. */
void admission_note_answer(struct engine *engine, struct job *job, const struct step *step);

/* The job waits elsewhere, or goes on: if it was its gate's token watcher, another waiting job takes over. */
void admission_pass_on(struct engine *engine, struct job *job);

/* The job leaves its gate for good. */
void admission_leave(struct engine *engine, struct job *job);
