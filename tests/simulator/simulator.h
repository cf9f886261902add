/*
 * struct simulator: everything that the calls and the control API work on: the world, the scripted
 * faults, the judge's report, what is acted on late, the latency and the clock. One thread, no
 * locks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "chance.h"
#include "faults.h"
#include "late.h"
#include "report.h"
#include "world.h"

#define NOW_S_MAX INT64_C(100000000000) /* the last unix time that a clock may be set to */

/* The world's clock: it runs ahead_ms ahead of the machine's clock, or it stands still. */
struct world_clock {
    int64_t ahead_ms;
    int64_t stopped_at_ms; /* < 0: it runs */
};

struct simulator {
    struct world world;
    struct faults faults;
    struct report report;
    struct late_acts late;
    struct chance rids; /* for request ids */
    struct chance jitter;
    int64_t latency_ms;
    int64_t jitter_ms; /* at most this is added to the latency */
    struct world_clock clock;
};

struct simulator *simulator_new(uint64_t seed, enum rotation rotation, int64_t latency_ms);
void simulator_free(struct simulator *s);

/* The world's time, unix milliseconds. */
int64_t simulator_now_ms(const struct simulator *s);
bool simulator_clock_stands(const struct simulator *s);

/* From now on the clock stands at this time, or runs on from it. */
void simulator_stop_clock(struct simulator *s, int64_t now_ms);
void simulator_run_clock(struct simulator *s, int64_t now_ms);

/* Draws how long the reply to a call waits. */
int64_t simulator_draw_latency_ms(struct simulator *s);
