#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/count.h"
#include "base/hash.h"
#include "sim/storm_parts.h"

enum {
    REST_LIMIT_MS = 100 * 3600 * 1000, /* dying records stand behind one another */
    REST_STEPS_MAX = 4000000,
};

uint64_t storm_draw(struct storm *storm, uint64_t below)
{
    storm->random += 0x9e3779b97f4a7c15U;
    return hash_mix(storm->random) % below;
}

bool storm_chance(struct storm *storm, uint64_t percent)
{
    return !storm->is_calm && storm_draw(storm, 100) < percent;
}

void storm_say(struct storm *storm, const char *format, ...)
{
    if (!storm->out)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(storm->out, "%6lld %9lld  ", (long long)storm->step,
                  (long long)(storm->world.now_ms - 1000000000000));
    (void)vfprintf(storm->out, format, arguments);
    (void)fputc('\n', storm->out);
    va_end(arguments);
}

static struct storm_worker *any_worker(struct storm *storm)
{
    return &storm->workers[storm_draw(storm, storm->worker_count)];
}

static struct world_partition *any_partition(struct storm *storm)
{
    return &storm->world.partitions[storm_draw(storm, storm->world.partition_count)];
}

/* The partition goes from one worker to another; the old one may learn of it first, last or
 * after a while of draining. */
static void move_partition(struct storm *storm)
{
    struct world_partition *partition = any_partition(storm);
    struct storm_worker *owner = storm->owners[partition - storm->world.partitions];
    struct storm_assignment *old = worker_assignment(owner, partition);
    struct storm_worker *heir = any_worker(storm);
    bool is_lost = storm_draw(storm, 3) == 0;
    if (!old->partition.is_draining && !is_lost) {
        storm_say(storm, "%s drains %s/%d", owner->name, partition->topic, partition->number);
        worker_step(storm, owner,
                    (struct event){.kind = EVENT_DRAIN, .partition = &old->partition});
        return;
    }
    storm_say(storm, "%s %s %s/%d", owner->name, is_lost ? "loses" : "gives", partition->topic,
              partition->number);
    if (heir != owner && is_lost)
        worker_assign(storm, heir, partition);
    worker_step(storm, owner, (struct event){.kind = EVENT_GONE, .partition = &old->partition});
    if (heir == owner || !is_lost)
        worker_assign(storm, heir, partition);
}

/* A revocation that has begun is drained again each turn, as the loop does, and ends. */
static void drain_on(struct storm *storm)
{
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        struct world_partition *partition = &storm->world.partitions[i];
        struct storm_worker *owner = storm->owners[i];
        struct storm_assignment *old = worker_assignment(owner, partition);
        if (!old->partition.is_draining)
            continue;
        worker_step(storm, owner,
                    (struct event){.kind = EVENT_DRAIN, .partition = &old->partition});
        if (!partition_is_idle(&old->partition))
            continue;
        worker_step(storm, owner, (struct event){.kind = EVENT_GONE, .partition = &old->partition});
        worker_assign(storm, any_worker(storm), partition);
    }
}

static void kill_one(struct storm *storm)
{
    struct storm_worker *worker = any_worker(storm);
    worker_kill(storm, worker);
    worker_start(storm, worker);
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        if (storm->owners[i] == worker)
            worker_assign(storm, any_worker(storm), &storm->world.partitions[i]);
    }
}

/* An orderly end whose time is over, and a new start. */
static void end_one(struct storm *storm)
{
    struct storm_worker *worker = any_worker(storm);
    storm_say(storm, "%s ends", worker->name);
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        struct storm_assignment *own = worker_assignment(worker, &storm->world.partitions[i]);
        if (storm->owners[i] == worker)
            worker_step(storm, worker,
                        (struct event){.kind = EVENT_DRAIN, .partition = &own->partition});
    }
    worker_step(storm, worker, (struct event){.kind = EVENT_DRAIN});
    worker_leave(storm, worker);
    worker_start(storm, worker);
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        if (storm->owners[i] == worker)
            worker_assign(storm, any_worker(storm), &storm->world.partitions[i]);
    }
}

static void tick(struct storm *storm, ms_t ms)
{
    late_act_before(storm, storm->world.now_ms + ms);
    storm->world.now_ms += ms;
    for (size_t i = 0; i < storm->worker_count; i++)
        worker_step(storm, &storm->workers[i], (struct event){.kind = EVENT_TICK});
}

static bool work(struct storm *storm, struct storm_worker *worker)
{
    uint64_t what = storm_draw(storm, 8);
    if (what == 0)
        return worker_poll(storm, worker);
    if (what == 7)
        return worker_take_due(storm, worker);
    if (what < 3)
        return worker_act(storm, worker);
    if (what < 5)
        return worker_return(storm, worker);
    return worker_take(storm, worker, (enum effect)storm_draw(storm, EFFECTS));
}

static void blow(struct storm *storm)
{
    uint64_t what = storm_draw(storm, 1000);
    if (what < 40)
        merchant_act(storm);
    else if (what < 50)
        move_partition(storm);
    else if (what < 53)
        kill_one(storm);
    else if (what < 55)
        end_one(storm);
    else if (what < 60)
        drain_on(storm);
    else if (what < 100)
        tick(storm, 1 + (ms_t)storm_draw(storm, storm_draw(storm, 10) ? 500 : storm->tick_max_ms));
    else if (what < 130)
        worker_give_up_calls(storm, any_worker(storm));
    else if (what < 135)
        late_act(storm);
    else
        (void)work(storm, any_worker(storm));
}

static bool has_records(const struct storm_worker *worker)
{
    for (size_t i = 0; i < STORM_ASSIGNMENTS_MAX; i++) {
        const struct storm_assignment *assignment = &worker->assignments[i];
        if (assignment->of && !assignment->partition.is_draining &&
            assignment->position < (int64_t)assignment->of->record_count)
            return engine_room(&worker->engine) != 0;
    }
    return false;
}

static bool is_busy(const struct storm_worker *worker)
{
    static const enum job_state states[] = {JOB_TO_LOAD,    JOB_TO_CALL, JOB_TO_STORE,
                                            JOB_TO_PUBLISH, JOB_TO_PARK, JOB_TO_UNPARK};
    size_t waiting = worker->errand_count;
    for (size_t i = 0; i < COUNT_OF(states); i++)
        waiting += worker->engine.places.states[states[i]].count;
    return waiting || has_records(worker);
}

static bool is_any_busy(struct storm *storm)
{
    for (size_t i = 0; i < storm->worker_count; i++) {
        if (is_busy(&storm->workers[i]) || worker_can_claim(storm, &storm->workers[i]))
            return true;
    }
    return false;
}

/* What is due and cannot be claimed is looked for once a second. */
static ms_t next_due(struct storm *storm)
{
    enum { CLAIM_EVERY_MS = 1000 };
    const struct world_parked *parked = world_first_parked(&storm->world);
    bool is_to_come = parked && parked->due_ms > storm->world.now_ms;
    ms_t due = is_to_come ? parked->due_ms - 900000000000
               : parked   ? storm->world.now_ms - 900000000000 + CLAIM_EVERY_MS
                          : TIME_NEVER;
    for (size_t i = 0; i < storm->worker_count; i++) {
        ms_t of_worker = engine_due(&storm->workers[i].engine);
        due = of_worker < due ? of_worker : due;
    }
    return due;
}

static void work_all(struct storm *storm)
{
    storm->step++;
    for (size_t i = 0; i < storm->worker_count; i++)
        (void)work(storm, &storm->workers[i]);
}

/* No faults any more: everything that can happen happens, then time passes until something can. */
static void rest(struct storm *storm)
{
    ms_t end = storm->world.now_ms + REST_LIMIT_MS;
    for (int64_t steps = 0; steps < REST_STEPS_MAX && !storm->violation[0]; steps++) {
        if (is_any_busy(storm)) {
            work_all(storm);
            continue;
        }
        drain_on(storm);
        ms_t due = next_due(storm);
        if (!is_any_busy(storm) && (due == TIME_NEVER || storm->world.now_ms > end))
            return;
        if (due != TIME_NEVER)
            tick(storm, due + 900000000000 - storm->world.now_ms);
    }
    if (!storm->violation[0])
        judge_fail(storm, "the storm does not come to rest");
}

static void open_storm(struct storm *storm)
{
    merchant_open(storm);
    storm->tick_max_ms = storm_draw(storm, 4) ? 20000 : 120000;
    storm->late_effect_ms = storm_draw(storm, 3) ? 120000 : (ms_t)storm_draw(storm, 240001);
    storm->worker_count = 1 + (size_t)storm_draw(storm, STORM_WORKERS_MAX);
    for (size_t i = 0; i < storm->worker_count; i++)
        worker_start(storm, &storm->workers[i]);
    for (size_t i = 0; i < storm->world.partition_count; i++)
        worker_assign(storm, any_worker(storm), &storm->world.partitions[i]);
}

static void rest_well(struct storm *storm)
{
    rest(storm);
    judge_rest(storm);
    judge_tokens(storm);
}

/*
 * From here on all that is stored is true, except where the limits of the promise allow a token to
 * be lost. The next refresh finds those tokens. The next authorisation brings back accounts that
 * were condemned or withdrawn.
 */
static void calm(struct storm *storm)
{
    storm->is_calm = true;
    storm_say(storm, "calm");
    merchant_calm(storm);
    rest_well(storm);
    judge_accounts(storm);
    if (storm->violation[0])
        return;
    tick(storm, storm->late_effect_ms);
    merchant_refresh_excused(storm);
    memset(storm->is_excused, 0, sizeof(storm->is_excused));
    rest_well(storm);
    if (storm->violation[0])
        return;
    tick(storm, 10 * MS_PER_S);
    merchant_authorize_all(storm);
    rest_well(storm);
    judge_return(storm);
}

bool storm_run(uint64_t seed, FILE *out)
{
    struct storm *storm = calloc(1, sizeof(*storm));
    assert(storm != NULL);
    storm->random = hash_mix(seed + 1);
    storm->out = out;
    open_storm(storm);
    uint64_t steps = 300 + storm_draw(storm, 1500);
    while (steps-- && !storm->violation[0]) {
        storm->step++;
        blow(storm);
    }
    if (!storm->violation[0])
        calm(storm);
    bool is_well = !storm->violation[0];
    if (!is_well && !out)
        (void)printf("seed %llu: %s\n", (unsigned long long)seed, storm->violation);
    for (size_t i = 0; i < storm->worker_count; i++)
        worker_free(&storm->workers[i]);
    free(storm);
    return is_well;
}
