/*
 * struct late_acts: calls that WeChat has taken, whose answers were given up, and that it acts on
 * later, whatever came in between. Each has its moment on the world's clock. Nobody can see an act
 * before the next request, so acts that are due are made up for when one comes, each with the time
 * of its own moment. {0} means that there are none.
 */
#pragma once

#include <stdint.h>

#include "delays.h"

struct call;
struct simulator;

struct late_acts {
    struct delays delays; /* microseconds of the world's clock */
    uint64_t acted;
};

void late_acts_done(struct late_acts *late);

/* Takes over what the call holds. WeChat acts on it at this moment. */
void late_acts_add(struct late_acts *late, struct call *call, int64_t at_us);

/* Acts on all that are due, in the order of their moments. Call this before each request. */
void late_acts_run(struct simulator *s);
