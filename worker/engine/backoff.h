/*
 * How long to wait before trying again: exponential with full jitter, so that what failed together does not come back
 * together. Pure: chance is an argument. Units: milliseconds.
 */
#pragma once

#include <stdint.h>

#include "base/time.h"

enum {
    BACKOFF_FIRST_MS = 200,  /* the longest wait after the first try; doubled with each one more */
    BACKOFF_MAX_MS = 600000, /* for what can be parked meanwhile */
    BACKOFF_TRIES_MANY = 32, /* for the longest wait at once */
};

/* Between 1 and min(limit_ms, BACKOFF_FIRST_MS doubled tries - 1 times), chosen by `chance`; tries counts from 1. */
ms_t backoff_ms(uint32_t tries, ms_t limit_ms, uint64_t chance);
