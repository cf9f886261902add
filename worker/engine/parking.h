/*
 * The way out of memory: what has to wait for long is copied to wxtoken.parked, and its offset is released.
 *
 * Parked is what waits longer than worker.hold_max_ms; the longest waits, with all that waits behind them, where waiting
 * fills more than half the pool, so that one component's trouble cannot stop another's work; and what an orderly drain
 * would leave behind finished work. Never what has stored, but at the very end of the process. Private to the room.
 */
#pragma once

#include "engine/engine.h"

/* Parks the longest waits until waiting fills at most half the pool. */
void parking_relieve(struct engine *engine);

/* A partition shall go, or (NULL) the process: what rests behind finished work is parked, what lies above is returned. */
void parking_drain(struct engine *engine, struct partition *partition);

/* The process ends now: what owes a write or has stored is parked wherever it stands, the wait_or_park is returned. */
void parking_abandon(struct engine *engine);

/* Likewise for a job that has just come back from the database. */
void parking_abandon_job(struct engine *engine, struct job *job);
