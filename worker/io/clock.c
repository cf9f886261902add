#include "io/clock.h"

#include <time.h>

static ms_t read_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now); /* cannot fail for these clocks */
    return (ms_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

ms_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
