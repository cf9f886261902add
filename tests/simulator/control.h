/*
 * The control API below /simulator/: what merchants do, what goes wrong, and what the judge saw.
 * JSON in and out; the README lists it. A request that cannot be done changes nothing.
 */
#pragma once

#include "answer.h"

/* Whether the path belongs to the control API. */
bool control_has_path(const char *path);

/* Does it at once and makes the reply. */
void control_answer(struct reply *reply, struct simulator *s, const struct request *request);
