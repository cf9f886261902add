#include "engine/backoff.h"

ms_t backoff_ms(uint32_t tries, ms_t limit_ms, uint64_t chance)
{
    ms_t longest = BACKOFF_FIRST_MS;
    for (uint32_t i = 1; i < tries && longest < limit_ms; i++)
        longest *= 2;
    if (longest > limit_ms)
        longest = limit_ms;
    return longest < 1 ? 1 : 1 + (ms_t)(chance % (uint64_t)longest);
}
