/*
 * The places of the jobs: one list for each state, and the timers of the jobs that wait for a time.
 *
 * A job is on exactly one list, and that list is its state. job_move() and job_wait() are the only
 * functions that change a state. They assert that job_states.def allows the move and that what the
 * table says of the new state holds, and they call the trace. Ownership: the lists own nothing; the
 * timers' memory is the engine's.
 */
#pragma once

#include "engine/job.h"

struct places {
    struct list states[JOB_STATE_COUNT];
    struct heap timers;  /* of the jobs in BACKOFF and GATED, which all have one */
    struct heap longest; /* those of them that may be parked, the longest wait first */
    void (*trace)(void *context, const struct job *job, enum job_state from); /* NULL: none */
    void *trace_context;
};

/* `timers` and `longest` are memory for `jobs_max` pointers each. */
void places_init(struct places *places, struct timer **timers, struct timer **longest,
                 size_t jobs_max);

/* Moves the job to a state without a timer. */
void job_move(struct places *places, struct job *job, enum job_state to);

/* Moves the job to BACKOFF or GATED, where it has a timer. job->waits_until says how long it waits;
 * `until` may be earlier. */
void job_wait(struct places *places, struct job *job, enum job_state to, ms_t until);

/* Sets the timer of a waiting job to another time. */
void job_set_timer(struct places *places, struct job *job, ms_t until);
