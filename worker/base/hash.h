/*
 * A 64-bit hash of bytes (FNV-1a, then a finisher), for tables and for jitter that depends only on
 * a name.
 *
 * The hash does not protect a secret from an adversary. wxtoken.parked keeps the hash of a refused
 * refresh token; if the function changes, that token is only tried once more.
 */
#pragma once

#include "base/str.h"

static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9U;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

static inline uint64_t hash_bytes(struct str bytes)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (uint8_t)bytes.at[i]) * 0x100000001b3U;
    return hash_mix(hash);
}
