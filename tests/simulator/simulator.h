/*
 * struct simulator: all that the calls and the control work on: the world, the script of faults,
 * the judge's report, the latency and the clock. One thread, no locks.
 */
#pragma once

#include <stdint.h>

#include "chance.h"
#include "faults.h"
#include "report.h"
#include "world.h"

struct simulator {
    struct world world;
    struct faults faults;
    struct report report;
    struct chance rids; /* for request ids */
    struct chance jitter;
    int64_t latency_ms;
    int64_t jitter_ms; /* up to this much more latency */
    int64_t skew_ms;   /* how far the world's clock was advanced */
};

struct simulator *simulator_new(uint64_t seed, enum rotation rotation, int64_t latency_ms);
void simulator_free(struct simulator *s);

/* The world's time, unix milliseconds. */
int64_t simulator_now_ms(const struct simulator *s);

/* How long the reply to a call waits. */
int64_t simulator_draw_latency_ms(struct simulator *s);
