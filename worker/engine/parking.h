/*
 * Parking, the way out of memory: a record that has to wait for long is copied to wxtoken.parked,
 * and its offset is released.
 *
 * These jobs are parked:
 * - a job that waits longer than worker.hold_max_ms
 * - the jobs with the longest waits, and all that wait after them in their lanes, if waiting jobs
 *   fill more than half the pool: one component's trouble must not stop another's work
 * - a job that an orderly drain would leave below finished work
 *
 * A job that has stored is parked only at the very end of the process. Private to engine/.
 */
#pragma once

#include "engine/engine.h"

/* Parks the jobs with the longest waits until waiting jobs fill at most half the pool. */
void parking_relieve(struct engine *engine);

/* Drains a partition: parks the idle jobs below finished work and returns those above it. NULL: the
 * process is about to go, so parks the idle jobs that were claimed. */
void parking_drain(struct engine *engine, struct partition *partition);

/* The process ends now: parks each job that is bound, was claimed or is not the last of its
 * partition, whatever it waits for. Returns the others. */
void parking_abandon(struct engine *engine);

/* Does the same for a job that has just come back from the database. */
void parking_abandon_job(struct engine *engine, struct job *job);
