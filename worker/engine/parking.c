#include "engine/parking.h"

#include <assert.h>

#include "base/count.h"
#include "engine/steps.h"

/* Returns how many jobs wait for a time, or in a lane with one that does. */
static size_t count_held(const struct engine *engine)
{
    const struct list *states = engine->places.states;
    return states[JOB_BACKOFF].count + states[JOB_GATED].count + engine->lanes.held_up;
}

static void park_with_followers(struct engine *engine, struct job *job)
{
    steps_park(engine, job, job->waits_until, job->why);
    for (size_t i = 0; i < job->lane_count; i++) {
        LIST_FOR_EACH(struct lane_member, member, &job->lanes[i].lane->members, in_lane) {
            struct job *follower = member->job;
            if (follower->state == JOB_WAITING && job_may_be_parked(follower))
                steps_park(engine, follower, job->waits_until, "waits behind one that waits");
        }
    }
}

void parking_relieve(struct engine *engine)
{
    struct timer *longest;
    while (count_held(engine) > engine->limits.jobs_max / 2 &&
           (longest = heap_first(&engine->places.longest)))
        park_with_followers(engine, CONTAINER(longest, struct job, by_length));
}

static struct job *last_unfinished(const struct frontier *frontier)
{
    return LIST_LAST(struct job, &frontier->unfinished, place.in_frontier);
}

static bool is_idle(const struct job *job)
{
    return job->state == JOB_WAITING || job->state == JOB_TO_LOAD || job->state == JOB_BACKOFF ||
           job->state == JOB_GATED;
}

/* Returns the idle jobs above everything that is finished or in flight. They are read again, but
 * nothing finished is read again with them. */
static void return_tail(struct engine *engine, struct partition *partition)
{
    const struct frontier *frontier = &partition->frontier;
    struct job *job;
    while ((job = last_unfinished(frontier))) {
        bool is_behind = job->place.offset < frontier->highest_finished;
        if (is_behind || !is_idle(job) || job_is_bound(job))
            return;
        steps_end(engine, job, OUTCOME_DROPPED);
    }
}

/* Parks the job, due now, unless it waits for a time that has not come: a question that WeChat is
 * to be asked in a minute is not asked at once. */
static void park_at_once(struct engine *engine, struct job *job, const char *why)
{
    bool has_to_wait = job->state == JOB_BACKOFF && job->waits_until > engine->now;
    steps_park(engine, job, has_to_wait ? job->waits_until : engine->now, why);
}

/* Parks the idle jobs below finished work, which would be read again with them. */
static void clear_behind(struct engine *engine, struct partition *partition)
{
    const struct frontier *frontier = &partition->frontier;
    LIST_FOR_EACH_SAFE(struct job, job, &frontier->unfinished, place.in_frontier) {
        if (job->place.offset > frontier->highest_finished)
            return;
        if (is_idle(job) && job_may_be_parked(job))
            park_at_once(engine, job, "laid aside by a drain");
    }
}

/* Parks the claimed jobs of a state, so that others can claim them now and not only after their
 * leases. */
static void clear_taken(struct engine *engine, enum job_state state)
{
    LIST_FOR_EACH_SAFE(struct job, job, &engine->places.states[state], in_state) {
        if (job->revision && job_may_be_parked(job))
            park_at_once(engine, job, "laid aside by a drain");
    }
}

void parking_drain(struct engine *engine, struct partition *partition)
{
    if (!partition) {
        clear_taken(engine, JOB_WAITING);
        clear_taken(engine, JOB_TO_LOAD);
        clear_taken(engine, JOB_BACKOFF);
        clear_taken(engine, JOB_GATED);
        return;
    }
    partition->is_draining = true;
    return_tail(engine, partition);
    clear_behind(engine, partition);
}

/* Returns true if the job is in the hands of the database: only its reply says what becomes of the
 * job. */
static bool is_at_the_database(const struct job *job)
{
    return job->state == JOB_LOADING || job->state == JOB_STORING || job->state == JOB_PARKING ||
           job->state == JOB_UNPARKING;
}

/* Returns true if the job has to be parked. A job that is not the last of its partition cannot be
 * returned, because all above it would be done again. */
static bool is_to_be_kept(const struct job *job)
{
    if (job_is_bound(job) || job->revision)
        return true;
    if (!job->partition || job->partition->has_gone)
        return false;
    const struct frontier *frontier = &job->partition->frontier;
    return job->place.offset < frontier->highest_finished || last_unfinished(frontier) != job;
}

void parking_abandon_job(struct engine *engine, struct job *job)
{
    bool is_done = job->state == JOB_ENDED || job->state == JOB_TO_PARK ||
                   job->state == JOB_TO_UNPARK;
    if (is_done || is_at_the_database(job))
        return;
    if (job->state == JOB_CALLING && job->work.call != CALL_AUTHORIZER_INFO)
        job->work.owes = true;
    if (is_to_be_kept(job))
        park_at_once(engine, job, "the process ended before it was done");
    else if (job->state != JOB_PUBLISHING)
        steps_end(engine, job, OUTCOME_DROPPED);
}

/* Abandons all jobs of a state. The end of one job can start another only while jobs wait in lanes,
 * so WAITING is emptied first. */
static void empty(struct engine *engine, enum job_state state)
{
    struct job *job;
    while ((job = LIST_FIRST(struct job, &engine->places.states[state], in_state)))
        parking_abandon_job(engine, job);
}

static void abandon_in_hand(struct engine *engine, enum job_state state)
{
    LIST_FOR_EACH_SAFE(struct job, job, &engine->places.states[state], in_state)
        parking_abandon_job(engine, job);
}

void parking_abandon(struct engine *engine)
{
    static const enum job_state at_rest[] = {JOB_WAITING,    JOB_TO_LOAD, JOB_TO_CALL, JOB_TO_STORE,
                                             JOB_TO_PUBLISH, JOB_BACKOFF, JOB_GATED};
    engine->is_abandoning = true;
    for (size_t i = 0; i < COUNT_OF(at_rest); i++)
        empty(engine, at_rest[i]);
    abandon_in_hand(engine, JOB_CALLING);
    abandon_in_hand(engine, JOB_PUBLISHING);
}
