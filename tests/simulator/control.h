/*
 * The control API below /simulator/: what merchants do, what goes wrong, and what the judge saw.
 *
 * JSON in and out; README.md of this folder lists it. A request that cannot be carried out changes
 * nothing.
 */
#pragma once

#include "answer.h"

/* Returns true if the path belongs to the control API. */
bool control_has_path(const char *path);

/* Carries the request out at once and makes the reply. */
void control_answer(struct reply *reply, struct simulator *s, const struct request *request);
