/*
 * A simulated worker: the real engine with its handlers, its adapters played by functions that act on the world at once.
 *
 * Each effect is a command of its own, so that a script can let two workers cross wherever they may. A request acts at
 * WeChat when it is sent; its answer is delivered later, or never. What happens is written to `out`, one line each.
 */
#pragma once

#include <stdio.h>

#include "engine/events.h"
#include "sim/world.h"

enum { PLAYER_JOBS_MAX = 16, PLAYER_PARTITIONS_MAX = 8 };

struct player_assignment {
    struct world_partition *of;
    struct partition *partition;
    int64_t position; /* the next offset to take */
};

struct player_answer {
    struct job *job;
    struct answer answer;
    char access_token[WORLD_NAME_MAX], refresh_token[WORLD_NAME_MAX];
};

/* What befalls the effects of one command. */
enum player_fate {
    FATE_WELL,
    FATE_LOST,     /* it acts, and nothing comes back */
    FATE_UNSENT,   /* it does not act */
    FATE_REFUSED,  /* WeChat: an errcode; PostgreSQL: this row is broken; Kafka: not acknowledged */
    FATE_FOREIGN,  /* WeChat: it acts, and the answer names somebody else */
    FATE_MISTAKEN, /* WeChat: it does not act, and the answer names somebody else */
};

struct player_fortune {
    enum player_fate fate;
    int32_t errcode;
};

struct player {
    char name[WORLD_NAME_MAX];
    struct world *world;
    FILE *out;
    struct engine engine;
    void *memory;
    ms_t now;
    struct player_assignment assignments[PLAYER_PARTITIONS_MAX];
    size_t assignment_count;
    struct player_answer answers[PLAYER_JOBS_MAX];
    size_t answer_count;
};

void player_start(struct player *player, struct world *world, FILE *out, struct str name,
                  uint64_t writer);

/* As kill -9: nothing of it is left but what the world has. */
void player_crash(struct player *player);

void player_assign(struct player *player, struct world_partition *partition);

/* The partition goes: drained first, or lost. */
void player_drain(struct player *player, struct world_partition *partition);
void player_revoke(struct player *player, struct world_partition *partition);

/* The process goes: drained first; or its time is over. */
void player_drain_all(struct player *player);
void player_leave(struct player *player);

/* Takes at most `room` parked records that are due. */
size_t player_take_due(struct player *player, size_t room);

/* Takes at most `room` records of all its partitions. */
size_t player_poll(struct player *player, size_t room);

/* Each takes what waits for the effect, at most `room`, and lets it befall them. How many there were. */
size_t player_load(struct player *player, struct player_fortune fortune, size_t room);
size_t player_send(struct player *player, struct player_fortune fortune, size_t room);
size_t player_answer(struct player *player, size_t room);
size_t player_store(struct player *player, struct player_fortune fortune, size_t room);
size_t player_publish(struct player *player, struct player_fortune fortune, size_t room);
size_t player_park(struct player *player, struct player_fortune fortune, size_t room);
size_t player_unpark(struct player *player, struct player_fortune fortune, size_t room);

/* Takes leave of those that have ended, and commits. */
void player_settle(struct player *player);

/* Everything, until nothing moves; then the next timers within `ms` of virtual time. */
void player_run(struct player *player, ms_t ms);
