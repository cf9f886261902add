#include "simulator.h"

#include <stdlib.h>
#include <time.h>

struct simulator *simulator_new(uint64_t seed, enum rotation rotation, int64_t latency_ms)
{
    struct simulator *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    s->world.seed = seed;
    s->world.rotation = rotation;
    s->latency_ms = latency_ms;
    s->clock.stopped_at_ms = -1;
    s->faults.chance.state = chance_mix(seed + 1); /* apart, so that one does not shift the other */
    s->rids.state = chance_mix(seed + 2);
    s->jitter.state = chance_mix(seed + 3);
    return s;
}

void simulator_free(struct simulator *s)
{
    if (!s)
        return;
    late_acts_done(&s->late);
    world_done(&s->world);
    report_done(&s->report);
    free(s);
}

static int64_t machine_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t simulator_now_ms(const struct simulator *s)
{
    if (s->clock.stopped_at_ms >= 0)
        return s->clock.stopped_at_ms;
    return machine_now_ms() + s->clock.ahead_ms;
}

bool simulator_clock_stands(const struct simulator *s)
{
    return s->clock.stopped_at_ms >= 0;
}

void simulator_stop_clock(struct simulator *s, int64_t now_ms)
{
    s->clock = (struct world_clock){.stopped_at_ms = now_ms};
}

void simulator_run_clock(struct simulator *s, int64_t now_ms)
{
    s->clock = (struct world_clock){.ahead_ms = now_ms - machine_now_ms(), .stopped_at_ms = -1};
}

int64_t simulator_draw_latency_ms(struct simulator *s)
{
    if (s->jitter_ms == 0)
        return s->latency_ms;
    return s->latency_ms + (int64_t)(chance_fraction(&s->jitter) * (double)(s->jitter_ms + 1));
}
