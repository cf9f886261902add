/*
 * Units of time. Points in time and spans are both signed 64-bit counts, so a difference may be
 * negative.
 *
 * ms_t: milliseconds. The `now` of an event is monotonic; `wall_ms` is unix time.
 */
#pragma once

#include <stdint.h>

typedef int64_t ms_t;

#define MS_PER_S   1000
#define TIME_NEVER INT64_MAX
