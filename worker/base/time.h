/*
 * Units of time. Instants and spans alike are signed 64-bit counts, so that differences need no care.
 *
 * ms_t: milliseconds. `now` of an event is monotonic; `wall` is unix time.
 */
#pragma once

#include <stdint.h>

typedef int64_t ms_t;

#define MS_PER_S   1000
#define TIME_NEVER INT64_MAX
