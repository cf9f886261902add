/*
 * A storm: workers, merchants and faults drawn from a seed, until the faults stop and everything has to come to rest.
 *
 * What scripts spell out, a storm tries by the thousand: every effect is taken, acts and comes back in steps of its own, in
 * any order, lost or refused or cut short by a kill. After each step the promises are checked, and all of them at the end.
 * The same seed is the same run, whatever is written of it. Ownership: none. Limits: those of world.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One run; what happens is written to `out`, NULL: only what was violated is, to stdout. False: a promise was broken. */
bool storm_run(uint64_t seed, FILE *out);
