/*
 * The wall clock and the monotonic clock, in milliseconds.
 *
 * Only the loop, the commands and the adapters read them. Engine and handlers are given the time.
 */
#pragma once

#include "base/time.h"

ms_t clock_monotonic_ms(void);

/* Returns unix time. */
int64_t clock_wall_ms(void);
