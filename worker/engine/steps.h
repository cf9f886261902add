/*
 * The course of a job: carries out the steps that its handler names, and does what is the same for
 * every kind of event.
 *
 * Private to engine/: events.c turns events into calls of these functions. See engine.h for
 * ownership and limits.
 */
#pragma once

#include "engine/engine.h"

/* Enters the job into its lanes and its gate, and runs it if it heads the lanes. */
void steps_begin(struct engine *engine, struct job *job);

/* Lets the job wait in its lanes until it heads them all. */
void steps_wait_in_lanes(struct engine *engine, struct job *job);

void steps_carry_out(struct engine *engine, struct job *job, struct step step);

/* Continues with job->next, a call or a store. */
void steps_go_on(struct engine *engine, struct job *job);

/* Lets a job that has failed wait; then it moves to `resume`. The job is parked if the wait is
 * long, and becomes a dead letter if it has failed for too long. */
void steps_back_off(struct engine *engine, struct job *job, enum job_state resume, const char *why);

/* Parks the job. It is due at `due`. `why` is a constant. */
void steps_park(struct engine *engine, struct job *job, ms_t due, const char *why);

/* Holds a job that could not be parked in memory for a while. Then the job continues if it is due,
 * and is parked again if it is not. */
void steps_hold(struct engine *engine, struct job *job);

/* The job has nothing more to do, but a call whose answer was lost may still act at WeChat after
 * the one that the row comes from. In this case the job is parked as a late debt, otherwise it
 * ends. */
void steps_finish(struct engine *engine, struct job *job, enum outcome outcome);

/* Ends the job: it leaves its lanes and its gate, and the next job runs. If a refresh ends with the
 * outcome UPDATED, the refreshes that it covers end too. */
void steps_end(struct engine *engine, struct job *job, enum outcome outcome);
