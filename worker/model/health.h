/*
 * The readiness of the worker, part by part: what /readyz answers.
 *
 * A part that is not healthy says why, and what it waits for, in a sentence without secrets. Held
 * by value.
 */
#pragma once

#include "base/str.h"

enum { HEALTH_PARTS_MAX = 5 };

struct health_part {
    struct str name; /* a constant */
    bool is_ok;
    char detail[200]; /* terminated */
};

struct health {
    size_t count;
    struct health_part parts[HEALTH_PARTS_MAX];
};

static inline bool health_is_ok(const struct health *health)
{
    for (size_t i = 0; i < health->count; i++) {
        if (!health->parts[i].is_ok)
            return false;
    }
    return true;
}
