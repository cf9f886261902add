/*
 * The engine: events in, effects out. It owns jobs, lanes, retries, gates and frontiers. It knows
 * neither WeChat nor Kafka.
 *
 * The engine is pure and bounded: no clock, no descriptor, no log, no lock, no allocation. Time is
 * a member of each event, and random numbers come from the seed. Effects are not returned: adapters
 * take the jobs on the list of their effect, as many as they have room for, and return each of them
 * by exactly one event (events.h). docs/ARCHITECTURE.md shows the states.
 *
 * Ownership: all memory is the caller's and must not move. A record is lent from EVENT_RECORD until
 * its job has been released. Anything else that an event points to is borrowed for the call. Units:
 * `now` is monotonic ms, `wall_ms` is unix time in ms. Limits: jobs_max jobs; one more is a bug
 * (check engine_room() first). Errors: none; misuse fails an assertion.
 */
#pragma once

#include "engine/move.h"

struct engine_limits {
    size_t jobs_max;
    ms_t hold_max_ms; /* a job that waits longer is parked */
    ms_t give_up_after_ms;
    ms_t quota_wait_ms;  /* how long calls wait after their quota was used up */
    ms_t late_effect_ms; /* how long WeChat is assumed to be able to act on a lost call */
    uint64_t writer;     /* the random number of this process */
    uint64_t seed;
};

/* One assignment of one partition. The loop makes it, lends it to the engine, and frees it after it
 * has gone and is idle (partition_is_idle). A partition that comes back is another assignment, so a
 * job of the old one cannot move an offset of the new one. */
struct partition {
    struct frontier frontier;
    bool is_draining; /* no more records are taken in */
    bool has_gone;    /* its offsets no longer move */
};

static inline void partition_init(struct partition *partition)
{
    *partition = (struct partition){0};
    frontier_init(&partition->frontier);
}

/* Returns true if no job of the partition is left. */
static inline bool partition_is_idle(const struct partition *partition)
{
    return list_is_empty(&partition->frontier.unfinished);
}

enum effect {
    EFFECT_LOAD,    /* read the row of job->work, and the component's token */
    EFFECT_CALL,    /* send job->next.call with job->next.secret and work.component_token */
    EFFECT_STORE,   /* write job->work.change */
    EFFECT_PUBLISH, /* see job->publication */
    EFFECT_PARK,    /* park job->record with job->parked, due at job->waits_until */
    EFFECT_UNPARK,  /* delete job->work.origin at job->revision from wxtoken.parked */
};

enum { EFFECTS = EFFECT_UNPARK + 1 };

enum gate_event_kind {
    GATE_SHUT,   /* a bar has shut */
    GATE_OPENED, /* a bar has opened */
    GATE_DOUBTS, /* the fuse has blown: withdrawals are not believed for now */
};

/* What has happened to a gate, for one line of the log. */
struct gate_event {
    enum gate_event_kind kind;
    struct appid component;
    struct bar_id bar; /* SHUT, OPENED */
    int32_t errcode;   /* SHUT: of the refusal; 0: the component has no token */
};

/* One event of the engine can shut and open each bar of one gate once, and blow its fuse. */
enum { GATE_EVENTS_MAX = 2 * BARS + 1 };

struct engine {
    struct engine_limits limits;
    struct pool jobs;
    char *arenas;
    struct lanes lanes;
    struct gates gates;
    struct places places;
    struct list claimed; /* jobs of claimed records */
    uint64_t random;
    ms_t now; /* of the current event */
    int64_t wall_ms;
    bool is_abandoning; /* since EVENT_DEADLINE */
    bool stores_fail;   /* the last store was refused or lost, whatever its row: no call is sent */
    struct gate_event gate_events[GATE_EVENTS_MAX];
    size_t gate_event_count;
};

/* Returns how many jobs of one authorizer, or of one code, the pool takes: at most an eighth of it.
 * More would fill the pool, and let nobody else in. */
size_t engine_lane_max(const struct engine_limits *limits);

/* Returns how much memory engine_init() needs for these limits. Most of it is touched only as jobs
 * are used. */
size_t engine_bytes(const struct engine_limits *limits);
void engine_init(struct engine *engine, const struct engine_limits *limits, void *memory);

/* Takes at most `room` jobs that wait for this effect and returns how many. Each of them comes back
 * by one event. After a store has failed, no calls are handed out until one has succeeded: what a
 * call brings could not be stored either. `now_s` is unix time. */
size_t engine_take(struct engine *engine, enum effect effect, struct job **jobs, size_t room,
                   int64_t now_s);

/* Returns a job that has ended, or NULL. The caller logs it, frees its record and releases it. */
struct job *engine_ended(const struct engine *engine);
void engine_release(struct engine *engine, struct job *job);

/* Returns how many records may be taken in. */
size_t engine_room(const struct engine *engine);

/* Returns the number of jobs, in any state. */
size_t engine_count(const struct engine *engine);

/* Calls `visit` for each job. */
void engine_visit(const struct engine *engine, void (*visit)(void *context, struct job *job),
                  void *context);

/* Returns when the oldest job was taken in. Jobs that wait at a gate or in a lane do not count.
 * TIME_NEVER: there is no job. */
ms_t engine_oldest(const struct engine *engine);

/* Returns when EVENT_TICK is due. TIME_NEVER: no job waits for a time. */
ms_t engine_due(const struct engine *engine);

/* Returns true if something still has to be written before the process may end. */
bool engine_owes_parking(const struct engine *engine);

/* Names at most `max` components none of whose calls may pass yet: there is no use in claiming
 * their records. Returns how many. */
size_t engine_shut_components(const struct engine *engine, ms_t now, struct appid *components,
                              size_t max);

/* Returns the number of jobs of claimed records. */
size_t engine_claimed_count(const struct engine *engine);

/* Returns true if the record is in flight already: this claim has only renewed the lease of its
 * row. If another process has claimed or parked the row in between, the job keeps its old revision,
 * and so cannot delete what that process may have added. */
bool engine_renews(struct engine *engine, const struct origin *origin, int64_t revision);

/* Takes the oldest event of a gate. Returns false if there is none. To be called after each event,
 * until it returns false. */
bool engine_take_gate_event(struct engine *engine, struct gate_event *event);

/* For files of engine/ only: returns the next pseudo-random number from the engine's seed. */
uint64_t engine_random(struct engine *engine);
