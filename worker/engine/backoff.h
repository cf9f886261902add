/*
 * The wait before the next try: exponential back-off with full jitter, so that jobs that failed
 * together do not come back together. Pure: the random number is an argument. Units: milliseconds.
 */
#pragma once

#include <stdint.h>

#include "base/time.h"

enum {
    BACKOFF_FIRST_MS = 200,  /* the longest wait after the first try; doubled after each other */
    BACKOFF_MAX_MS = 600000, /* the limit for jobs that can be parked meanwhile */
    BACKOFF_TRIES_MANY = 32, /* so many that the limit alone counts */
};

/* Returns a wait between 1 and min(limit_ms, BACKOFF_FIRST_MS doubled tries - 1 times), chosen by
 * `chance`. `tries` counts from 1. */
ms_t backoff_ms(uint32_t tries, ms_t limit_ms, uint64_t chance);
