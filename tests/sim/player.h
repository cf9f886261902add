/*
 * A simulated worker: the real engine and handlers. Its adapters are functions that act on the
 * world at once.
 *
 * Each effect is a command of its own, so a script can let two workers cross at any point. A
 * request acts at WeChat when it is sent; its answer is delivered later, or never. Each thing that
 * happens is written to `out` as one line.
 */
#pragma once

#include <stdio.h>

#include "engine/events.h"
#include "sim/world.h"

enum { PLAYER_JOBS_MAX = 16, PLAYER_PARTITIONS_MAX = 8, LATE_EFFECT_MS = 120000 };

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

/* What happens to the effects of one command. */
enum player_fate {
    FATE_WELL,
    FATE_LOST,     /* acts, but nothing comes back */
    FATE_LATE,     /* WeChat: nothing comes back, and it acts when the script says so */
    FATE_UNSENT,   /* does not act */
    FATE_REFUSED,  /* WeChat: an errcode; PostgreSQL: this row is broken; Kafka: not acknowledged */
    FATE_FOREIGN,  /* WeChat: acts, but the answer names another authorizer */
    FATE_MISTAKEN, /* WeChat: does not act, and the answer names another authorizer */
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

/* Ends the worker as kill -9 does: only what the world has is left. */
void player_crash(struct player *player);

void player_assign(struct player *player, struct world_partition *partition);

/* The partition goes away: player_drain first, or player_revoke alone if it is lost. */
void player_drain(struct player *player, struct world_partition *partition);
void player_revoke(struct player *player, struct world_partition *partition);

/* The process ends: player_drain_all first, player_leave when its time is up. */
void player_drain_all(struct player *player);
void player_leave(struct player *player);

/* Takes up at most `room` parked records that are due. Returns how many. */
size_t player_take_due(struct player *player, size_t room);

/* Takes at most `room` records from all its partitions. Returns how many. */
size_t player_poll(struct player *player, size_t room);

/* Each takes the jobs that wait for the effect, at most `room`, and carries it out for them with
 * this fortune. Returns how many jobs there were. */
size_t player_load(struct player *player, struct player_fortune fortune, size_t room);
size_t player_send(struct player *player, struct player_fortune fortune, size_t room);
size_t player_answer(struct player *player, size_t room);
size_t player_store(struct player *player, struct player_fortune fortune, size_t room);
size_t player_publish(struct player *player, struct player_fortune fortune, size_t room);
size_t player_park(struct player *player, struct player_fortune fortune, size_t room);
size_t player_unpark(struct player *player, struct player_fortune fortune, size_t room);

/* Releases the jobs that have ended, and commits. */
void player_settle(struct player *player);

/* Does everything until nothing moves; then fires the timers of the next `ms` of virtual time. */
void player_run(struct player *player, ms_t ms);
