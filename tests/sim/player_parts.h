/*
 * The inside of a player: player.c has the worker and its partitions, player_effects.c what its
 * adapters do.
 */
#pragma once

#include "sim/player.h"

/* Writes one line about a job. */
__attribute__((format(printf, 3, 4))) void player_say(struct player *player, const struct job *job,
                                                      const char *format, ...);

void player_step(struct player *player, struct event event);
