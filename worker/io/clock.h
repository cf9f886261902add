/*
 * The time of day and the time that only goes forward, in milliseconds. Only the loop and its commands ask.
 */
#pragma once

#include "base/time.h"

ms_t clock_monotonic_ms(void);

/* Unix time. */
int64_t clock_wall_ms(void);
