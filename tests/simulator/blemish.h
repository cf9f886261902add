/*
 * Blemishes: what a fault does to the body of a finished reply. The transport's part of a fault
 * (resets, statuses, headers) is not here.
 */
#pragma once

#include "chance.h"
#include "faults.h"
#include "text.h"

/* `chance` decides what the fault leaves open. */
void blemish_apply(struct text *body, const struct fault *fault, struct chance *chance);
