#include "engine/move.h"

#include <assert.h>

void places_init(struct places *places, struct timer **timers, struct timer **longest,
                 size_t jobs_max)
{
    *places = (struct places){0};
    for (size_t i = 0; i < JOB_STATE_COUNT; i++)
        list_init(&places->states[i]);
    heap_init(&places->timers, timers, jobs_max);
    heap_init(&places->longest, longest, jobs_max);
}

static bool is_timed(enum job_state state)
{
    return state == JOB_BACKOFF || state == JOB_GATED;
}

/* A job that waits for a time holds up all that wait with it in its lanes. */
static void tell_lanes(struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        struct lane_member *member = &job->lanes[i];
        if (is_timed(job->state) && !member->is_waiting)
            lane_begin_wait(member);
        else if (!is_timed(job->state) && member->is_waiting)
            lane_end_wait(member);
    }
}

static void move(struct places *places, struct job *job, enum job_state to)
{
    enum job_state from = job->state;
    assert(job_state_allows(from, to));
    if (from != JOB_FREE)
        list_remove(&places->states[from], &job->in_state);
    heap_remove(&places->timers, &job->timer);
    heap_remove(&places->longest, &job->by_length);
    job->state = to;
    if (to != JOB_FREE)
        list_append(&places->states[to], &job->in_state);
    tell_lanes(job);
    assert(job_keeps_invariant(job));
    if (places->trace)
        places->trace(places->trace_context, job, from);
}

void job_move(struct places *places, struct job *job, enum job_state to)
{
    assert(!is_timed(to));
    move(places, job, to);
}

void job_wait(struct places *places, struct job *job, enum job_state to, ms_t until)
{
    assert(is_timed(to));
    move(places, job, to);
    heap_add(&places->timers, &job->timer, until);
    if (job_may_be_parked(job))
        heap_add(&places->longest, &job->by_length, -job->waits_until);
}

void job_set_timer(struct places *places, struct job *job, ms_t until)
{
    assert(timer_is_set(&job->timer));
    heap_remove(&places->timers, &job->timer);
    heap_add(&places->timers, &job->timer, until);
}
