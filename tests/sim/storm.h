/*
 * A storm: workers, merchants and faults drawn from a seed. At the end the faults stop, and
 * everything has to come to rest.
 *
 * A script spells out one case; storms try thousands. Each effect is taken, acts and comes back in
 * separate steps, in any order; it may be lost, refused or cut short by a kill. The promises that
 * can be checked at any time are checked after each step, all of them at the end. The same seed
 * gives the same run, whether or not it is written to `out`. Ownership: none. Limits: those of
 * world.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One run, written to `out` step by step; if `out` is NULL, only a broken promise is written, to
 * stdout. Returns false if a promise was broken. */
bool storm_run(uint64_t seed, FILE *out);
