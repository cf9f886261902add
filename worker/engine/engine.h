/*
 * The engine: events in, effects out. It owns jobs, lanes, retries, gates and frontiers, and knows neither WeChat nor Kafka.
 *
 * Pure and bounded: no clock, no descriptor, no log, no lock, no allocation. Time is a member of each event; chance comes
 * from the seed. Effects are not returned: adapters take the jobs that stand on their list, as many as they have room for,
 * and give each back by exactly one event (events.h). See README.md for the states.
 *
 * Ownership: all memory is the caller's and stays where it is. A record is lent from EVENT_RECORD until its job has been
 * released. What other events point to is borrowed for the call. Units: `now` monotonic ms, `wall_ms` unix time in ms.
 * Limits: jobs_max jobs; an event beyond is a bug (ask engine_room first). Errors: none; misuse fails an assertion.
 */
#pragma once

#include "engine/move.h"

struct engine_limits {
    size_t jobs_max;
    ms_t hold_max_ms; /* what waits longer is parked */
    ms_t give_up_after_ms;
    ms_t quota_wait_ms; /* until calls whose quota was used up are tried again */
    uint64_t writer;    /* the random number of this process */
    uint64_t seed;
};

/* One assignment of one partition: the loop makes it, lends it, and frees it once partition_is_idle after it has gone. A
 * partition that comes back is another one, so what returns for the old one can move no offset of the new. */
struct partition {
    struct frontier frontier;
    bool is_draining; /* nothing new is taken */
    bool has_gone;    /* its offsets move no more */
};

static inline void partition_init(struct partition *partition)
{
    *partition = (struct partition){0};
    frontier_init(&partition->frontier);
}

/* No job of it is left. */
static inline bool partition_is_idle(const struct partition *partition)
{
    return list_is_empty(&partition->frontier.unfinished);
}

enum effect {
    EFFECT_LOAD,    /* read job->work's row and the component's token */
    EFFECT_CALL,    /* send job->next.call with job->next.secret and work.component_token */
    EFFECT_STORE,   /* write job->work.change */
    EFFECT_PUBLISH, /* see job->publication */
    EFFECT_PARK,    /* write job->record and job->parked into the table, due at job->waits_until */
    EFFECT_UNPARK,  /* delete job->work.origin at job->revision from the table */
};

enum { EFFECTS = EFFECT_UNPARK + 1 };

/* A change of a gate, for one line of the log. */
struct gate_event {
    struct appid component; /* that it was met at; the throttle is everybody's */
    struct bar_id bar;
    bool is_shut;
    int32_t errcode; /* the refusal's; 0: the component has no token */
};

/* An event of the engine may shut and open each bar of one gate once. */
enum { GATE_EVENTS_MAX = 2 * BARS };

struct engine {
    struct engine_limits limits;
    struct pool jobs;
    char *arenas;
    struct lanes lanes;
    struct gates gates;
    struct places places;
    struct list claimed; /* jobs that come from the table of parked records */
    uint64_t random;
    ms_t now; /* of the event under way */
    int64_t wall_ms;
    bool is_abandoning; /* since EVENT_DEADLINE */
    struct gate_event gate_events[GATE_EVENTS_MAX];
    size_t gate_event_count;
};

/* How much memory engine_init wants for these limits. Most of it is touched only as far as jobs are used. */
size_t engine_bytes(const struct engine_limits *limits);
void engine_init(struct engine *engine, const struct engine_limits *limits, void *memory);

/* Takes at most `room` jobs that wait for this effect; each comes back by one event. `now_s` is unix time. */
size_t engine_take(struct engine *engine, enum effect effect, struct job **jobs, size_t room,
                   int64_t now_s);

/* A job that has ended, or NULL; to be logged and released, and its record freed. */
struct job *engine_ended(const struct engine *engine);
void engine_release(struct engine *engine, struct job *job);

/* How many records may be taken in. */
size_t engine_room(const struct engine *engine);

/* How many jobs there are, in any state. */
size_t engine_count(const struct engine *engine);

/* Calls `visit` for each of them. */
void engine_visit(const struct engine *engine, void (*visit)(void *context, struct job *job),
                  void *context);

/* Since when the oldest job has been worked on that stands at no gate and waits behind nobody; TIME_NEVER: there is none. */
ms_t engine_oldest(const struct engine *engine);

/* When EVENT_TICK is due; TIME_NEVER: nothing waits for time. */
ms_t engine_due(const struct engine *engine);

/* Whether something is to be written before the process may end. */
bool engine_owes_parking(const struct engine *engine);

/* How many jobs come from the table of parked records. */
size_t engine_claimed_count(const struct engine *engine);

/* True: that record is being worked on, and the row's lease has only been renewed by taking it once more. Where another has
 * taken or parked it in between, the job keeps its old revision, and so cannot delete what that one may have added. */
bool engine_renews(struct engine *engine, const struct origin *origin, int64_t revision);

/* Takes the oldest change of a gate; false: there is none. To be taken after each event. */
bool engine_take_gate_event(struct engine *engine, struct gate_event *event);

/* For the room's own files: the next pseudo-random number from the engine's seed. */
uint64_t engine_random(struct engine *engine);
