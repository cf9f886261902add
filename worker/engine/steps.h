/*
 * The course of a job: carries out the steps that its handler names, and what holds for every kind of event.
 *
 * Private to the room: engine.c turns events into calls of these. See engine.h for ownership and limits.
 */
#pragma once

#include "engine/engine.h"

/* Enters its lanes and its gate, and starts it where it heads them. */
void steps_begin(struct engine *engine, struct job *job);

/* Stands in its lanes until it heads them all. */
void steps_wait_in_lanes(struct engine *engine, struct job *job);

void steps_carry_out(struct engine *engine, struct job *job, struct step step);

/* After a pause: whatever stands in job->next, or where BACKOFF leads. */
void steps_go_on(struct engine *engine, struct job *job);

/* Failed for now: waits, then goes to `resume`; parked where the wait is long, a dead letter where it has failed too long. */
void steps_back_off(struct engine *engine, struct job *job, enum job_state resume, const char *why);

/* Parks it: it is due again at `due`. `why` is a constant. */
void steps_park(struct engine *engine, struct job *job, ms_t due, const char *why);

/* It could not be parked: is held in memory for a while, then goes on if it is due by then, else is to be parked again. */
void steps_hold(struct engine *engine, struct job *job);

/* Ends it: leaves lanes and gate, lets the next run; where `outcome` is UPDATED by a refresh, those it covers end too. */
void steps_end(struct engine *engine, struct job *job, enum outcome outcome);
