/*
 * struct chance: repeatable random numbers (splitmix64). The same seed gives the same sequence on
 * every machine, so the tokens, request ids and scripted faults of a run can be reproduced.
 */
#pragma once

#include <stdint.h>

struct chance {
    uint64_t state;
};

/* Scrambles one number. Also used to hash a seed with something else. */
static inline uint64_t chance_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t chance_next(struct chance *c)
{
    c->state += UINT64_C(0x9e3779b97f4a7c15);
    return chance_mix(c->state);
}

/* Draws a number from 0 up to, but not including, 1. */
static inline double chance_fraction(struct chance *c)
{
    return (double)(chance_next(c) >> 11) / (double)(UINT64_C(1) << 53);
}

/* Draws a whole number from 0 up to, but not including, limit. */
static inline uint64_t chance_below(struct chance *c, uint64_t limit)
{
    return (uint64_t)(chance_fraction(c) * (double)limit);
}

/* Hashes a text (FNV-1a), for maps and for seeds that differ by name. */
static inline uint64_t chance_hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}
