/*
 * What happens at gates: who may call, who stands there and for how long, who looks after the component's token.
 *
 * A job at a gate loses no try. It stands in memory for worker.hold_max_ms at most, then it is parked; at once where the
 * gate is known to stay shut for longer. Private to the room. See gate.h for the bars.
 */
#pragma once

#include "engine/engine.h"

/* A job wants to make its next call: it will, or it stands at the gate. */
void gatekeeper_admit(struct engine *engine, struct job *job);

/* WeChat refused the job's call for a reason that holds for others too: it looks again, or stands at the gate. */
void gatekeeper_obstruct(struct engine *engine, struct job *job, enum obstacle obstacle);

/* The job's call was answered, and this is what its handler makes of it: gates may open or shut, whatever becomes of the
 * job itself. */
void gatekeeper_note_answer(struct engine *engine, struct job *job, const struct step *step);

/* A scout that is kept elsewhere leaves the gate to another. */
void gatekeeper_pass_on(struct engine *engine, struct job *job);

void gatekeeper_leave(struct engine *engine, struct job *job);
