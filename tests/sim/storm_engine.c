#include "sim/storm_parts.h"

/* What must hold inside an engine: its pools, lists, lanes and timers agree. */

static void judge_timer(struct storm *storm, const struct job *job)
{
    bool is_waiting = job->state == JOB_BACKOFF || job->state == JOB_GATED;
    if (timer_is_set(&job->timer) != is_waiting)
        judge_fail(storm, "a timer %s in state %d", is_waiting ? "lacks" : "is set", job->state);
}

static void judge_job(struct storm *storm, const struct job *job)
{
    judge_timer(storm, job);
    if (job->state == JOB_WAITING && job_may_run(job))
        judge_fail(storm, "a job waits at the head of its lanes");
    for (size_t i = 0; i < job->lane_count; i++) {
        const struct lane_member *member = &job->lanes[i];
        bool is_aside = job->state == JOB_WAITING || job->state == JOB_TO_PARK ||
                        job->state == JOB_PARKING ||
                        (job->state == JOB_BACKOFF && job->resume == JOB_WAITING);
        if (!is_aside && !lane_is_headed_by(member))
            judge_fail(storm, "a job runs and does not head its lane");
    }
}

/* One account takes up a part of the pool only. Let in are jobs that join their lane late, and
 * those that cannot be parked. */
static void judge_lane(struct storm *storm, const struct engine *engine, const struct lane *lane)
{
    size_t count = 0;
    LIST_FOR_EACH(struct lane_member, member, &lane->members, in_lane) {
        const struct job *job = member->job;
        bool is_leaving = job->state == JOB_TO_PARK || job->state == JOB_PARKING;
        count += !is_leaving && !member->has_joined && job_may_be_parked(job);
    }
    if (count > engine_lane_max(&engine->limits))
        judge_fail(storm, "%zu jobs of one account in a pool of %zu", count,
                   engine->limits.jobs_max);
}

static size_t count_held_up(const struct job *job)
{
    size_t count = 0;
    for (size_t i = 0; i < job->lane_count; i++)
        count += job->lanes[i].lane->members.count - 1;
    return count;
}

void judge_engine(struct storm *storm, const struct storm_worker *worker)
{
    const struct engine *engine = &worker->engine;
    size_t jobs = 0;
    size_t timers = 0;
    size_t held_up = 0;
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        const struct list *list = &engine->places.states[state];
        size_t count = 0;
        LIST_FOR_EACH(struct job, job, list, in_state) {
            count++;
            judge_job(storm, job);
            for (size_t i = 0; i < job->lane_count; i++)
                judge_lane(storm, engine, job->lanes[i].lane);
            timers += timer_is_set(&job->timer);
            held_up += timer_is_set(&job->timer) ? count_held_up(job) : 0;
        }
        jobs += count;
        if (count != list->count)
            judge_fail(storm, "a list counts wrong");
    }
    if (jobs != engine->jobs.count || timers != engine->places.timers.count)
        judge_fail(storm, "%zu jobs, %zu in the pool; %zu timers, %zu in the heap", jobs,
                   engine->jobs.count, timers, engine->places.timers.count);
    if (held_up != engine->lanes.held_up)
        judge_fail(storm, "%zu jobs are held up, %zu are counted", held_up, engine->lanes.held_up);
    if (jobs == 0 &&
        (engine->lanes.pool.count || engine->gates.pool.count != engine->gates.idle.count))
        judge_fail(storm, "lanes or gates without jobs");
    judge_waiting(storm, worker);
}
