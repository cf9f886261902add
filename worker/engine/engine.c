#include "engine/engine.h"

#include <assert.h>

#include "base/count.h"
#include "base/hash.h"

/* Cuts pieces from one block of memory. If base is NULL, it only measures. */
struct carver {
    char *base;
    size_t len;
};

static void *carve(struct carver *carver, size_t len)
{
    size_t start = (carver->len + 63) & ~(size_t)63;
    carver->len = start + len;
    return carver->base ? carver->base + start : NULL;
}

static size_t lanes_max(const struct engine_limits *limits)
{
    return limits->jobs_max * LANES_PER_JOB;
}

/* One gate for each job, those that are remembered without a job, and one that is about to be
 * forgotten. */
static size_t gates_max(const struct engine_limits *limits)
{
    return limits->jobs_max + GATES_IDLE_MAX + 1;
}

struct memory {
    void *jobs, *lanes, *gates;
    struct timer **timers, **longest;
    struct list *lane_buckets, *gate_buckets;
    char *arenas;
};

static struct memory carve_all(struct carver *carver, const struct engine_limits *limits)
{
    size_t jobs_max = limits->jobs_max;
    return (struct memory){
        .jobs = carve(carver, jobs_max * sizeof(struct job)),
        .lanes = carve(carver, lanes_max(limits) * sizeof(struct lane)),
        .gates = carve(carver, gates_max(limits) * sizeof(struct gate)),
        .timers = carve(carver, jobs_max * sizeof(struct timer *)),
        .longest = carve(carver, jobs_max * sizeof(struct timer *)),
        .lane_buckets = carve(carver, lanes_max(limits) * sizeof(struct list)),
        .gate_buckets = carve(carver, jobs_max * sizeof(struct list)),
        .arenas = carve(carver, jobs_max * job_arena_bytes()),
    };
}

size_t engine_lane_max(const struct engine_limits *limits)
{
    enum { SHARE = 8, LEAST = 4, MOST = 32 };
    size_t share = limits->jobs_max / SHARE;
    return share < LEAST ? LEAST : share > MOST ? MOST : share;
}

size_t engine_bytes(const struct engine_limits *limits)
{
    struct carver carver = {0};
    (void)carve_all(&carver, limits);
    return carver.len;
}

void engine_init(struct engine *engine, const struct engine_limits *limits, void *memory)
{
    struct carver carver = {.base = memory};
    struct memory m = carve_all(&carver, limits);
    *engine = (struct engine){.limits = *limits, .random = limits->seed, .arenas = m.arenas};
    pool_init(&engine->jobs, m.jobs, sizeof(struct job), limits->jobs_max);
    pool_init(&engine->lanes.pool, m.lanes, sizeof(struct lane), lanes_max(limits));
    pool_init(&engine->gates.pool, m.gates, sizeof(struct gate), gates_max(limits));
    table_init(&engine->lanes.table, m.lane_buckets, lanes_max(limits));
    table_init(&engine->gates.table, m.gate_buckets, limits->jobs_max);
    list_init(&engine->gates.all);
    list_init(&engine->gates.idle);
    list_init(&engine->claimed);
    engine->gates.quota_wait_ms = limits->quota_wait_ms;
    places_init(&engine->places, m.timers, m.longest, limits->jobs_max);
}

/* The state in which jobs wait for an effect, and their state while an adapter has them. */
static const struct {
    enum job_state from, to;
} ways[] = {
    [EFFECT_LOAD] = {JOB_TO_LOAD, JOB_LOADING},
    [EFFECT_CALL] = {JOB_TO_CALL, JOB_CALLING},
    [EFFECT_STORE] = {JOB_TO_STORE, JOB_STORING},
    [EFFECT_PUBLISH] = {JOB_TO_PUBLISH, JOB_PUBLISHING},
    [EFFECT_PARK] = {JOB_TO_PARK, JOB_PARKING},
    [EFFECT_UNPARK] = {JOB_TO_UNPARK, JOB_UNPARKING},
};

/* Covers the refreshes that wait in the job's lanes: they are done once this one is. */
static void cover(const struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        LIST_FOR_EACH(struct lane_member, member, &job->lanes[i].lane->members, in_lane) {
            const struct job *other = member->job;
            bool is_waiting = !member->is_running && other->state == JOB_WAITING;
            member->is_covered |= is_waiting && !other->work.owes && other->handler->is_refresh;
        }
    }
}

static void hand_over_call(struct engine *engine, struct job *job, int64_t now_s)
{
    struct work *work = &job->work;
    work->call = job->next.call;
    work->sent_at_s = now_s;
    work->holds_token = false;
    job->component_token = gate_token_hash(work->component_token);
    job->call_number = ++engine->gates.calls;
    job->calls++;
    if (wechat_call_is_refresh(work->call))
        cover(job);
}

static void hand_over(struct engine *engine, struct job *job, enum effect effect, int64_t now_s)
{
    if (effect == EFFECT_CALL)
        hand_over_call(engine, job, now_s);
    if (effect == EFFECT_PARK)
        job_save(job);
    job->work.has_written |= effect == EFFECT_STORE;
    job_move(&engine->places, job, ways[effect].to);
}

static bool must_store_first(const struct engine *engine)
{
    const struct list *states = engine->places.states;
    return engine->stores_fail &&
           (!list_is_empty(&states[JOB_TO_STORE]) || !list_is_empty(&states[JOB_STORING]));
}

size_t engine_take(struct engine *engine, enum effect effect, struct job **jobs, size_t room,
                   int64_t now_s)
{
    const struct list *waiting = &engine->places.states[ways[effect].from];
    size_t count = 0;
    if (effect == EFFECT_CALL && must_store_first(engine))
        return 0;
    while (count < room && !list_is_empty(waiting)) {
        struct job *job = LIST_FIRST(struct job, waiting, in_state);
        hand_over(engine, job, effect, now_s);
        jobs[count++] = job;
    }
    return count;
}

struct job *engine_ended(const struct engine *engine)
{
    return LIST_FIRST(struct job, &engine->places.states[JOB_ENDED], in_state);
}

void engine_release(struct engine *engine, struct job *job)
{
    job_move(&engine->places, job, JOB_FREE);
    if (link_is_on_a_list(&job->in_claimed))
        list_remove(&engine->claimed, &job->in_claimed);
    pool_free(&engine->jobs, job);
}

size_t engine_room(const struct engine *engine)
{
    return pool_room(&engine->jobs);
}

size_t engine_count(const struct engine *engine)
{
    return engine->jobs.count;
}

void engine_visit(const struct engine *engine, void (*visit)(void *context, struct job *job),
                  void *context)
{
    for (size_t state = 0; state < JOB_STATE_COUNT; state++) {
        LIST_FOR_EACH(struct job, job, &engine->places.states[state], in_state)
            visit(context, job);
    }
}

bool engine_owes_parking(const struct engine *engine)
{
    static const enum job_state states[] = {JOB_TO_PARK, JOB_PARKING, JOB_STORING, JOB_LOADING};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        if (!list_is_empty(&engine->places.states[states[i]]))
            return true;
    }
    return false;
}

size_t engine_shut_components(const struct engine *engine, ms_t now, struct appid *components,
                              size_t max)
{
    size_t count = 0;
    LIST_FOR_EACH(struct gate, gate, &engine->gates.all, in_all) {
        if (count < max && gate_stops_all(gate, now))
            count += appid_set(&components[count], gate_component(gate));
    }
    return count;
}

size_t engine_claimed_count(const struct engine *engine)
{
    return engine->claimed.count;
}

bool engine_renews(struct engine *engine, const struct origin *origin, int64_t revision)
{
    LIST_FOR_EACH(struct job, job, &engine->claimed, in_claimed) {
        if (!origin_equal(&job->work.origin, origin) || job->state == JOB_ENDED)
            continue;
        if (revision == job->revision + 1)
            job->revision = revision;
        return true;
    }
    return false;
}

ms_t engine_oldest(const struct engine *engine)
{
    ms_t oldest = TIME_NEVER;
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        if (state == JOB_WAITING || state == JOB_GATED)
            continue;
        LIST_FOR_EACH(struct job, job, &engine->places.states[state], in_state)
            oldest = job->taken_at < oldest ? job->taken_at : oldest;
    }
    return oldest;
}

ms_t engine_due(const struct engine *engine)
{
    const struct timer *timer = heap_first(&engine->places.timers);
    return timer ? timer->due : TIME_NEVER;
}

bool engine_take_gate_event(struct engine *engine, struct gate_event *event)
{
    if (engine->gate_event_count == 0)
        return false;
    *event = engine->gate_events[0];
    engine->gate_event_count--;
    memmove(engine->gate_events, engine->gate_events + 1,
            engine->gate_event_count * sizeof(*event));
    return true;
}

uint64_t engine_random(struct engine *engine)
{
    engine->random += 0x9e3779b97f4a7c15U;
    return hash_mix(engine->random);
}
