#include "engine/course.h"

#include <assert.h>

#include "base/hash.h"
#include "engine/backoff.h"
#include "engine/gatekeeper.h"
#include "engine/parking.h"

void job_move(struct engine *engine, struct job *job, enum job_state to)
{
    enum job_state from = job->state;
    assert(job_state_allows(from, to));
    if (from != JOB_FREE)
        list_remove(&engine->states[from], &job->in_state);
    heap_remove(&engine->timers, &job->timer);
    job->state = to;
    if (to != JOB_FREE)
        list_append(&engine->states[to], &job->in_state);
    engine->may_be_crowded |= to == JOB_BACKOFF || to == JOB_GATED;
    if (engine->trace)
        engine->trace(engine->trace_context, job, from);
}

uint64_t course_draw(struct engine *engine)
{
    engine->random += 0x9e3779b97f4a7c15U;
    return hash_mix(engine->random);
}

static void enter_lane(struct engine *engine, struct job *job, struct lane_key key)
{
    lane_enter(&engine->lanes, &job->lanes[job->lane_count++], &key);
}

static void enter_lanes(struct engine *engine, struct job *job)
{
    const struct input *input = &job->work.input;
    if (appid_is_known(&input->authorizer))
        enter_lane(engine, job, lane_key_of_authorizer(&input->component, &input->authorizer));
    if (!str_is_empty(input->code))
        enter_lane(engine, job, lane_key_of_code(&input->component, input->code_digest));
}

static void run(struct engine *engine, struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++)
        job->lanes[i].is_running = true;
    job->is_unparkable = false;
    job_move(engine, job, JOB_TO_LOAD);
}

void course_wait_on(struct engine *engine, struct job *job)
{
    job_move(engine, job, JOB_WAITING);
    if (job_may_run(job))
        run(engine, job);
    else
        engine->may_be_crowded = true;
}

static void join_lane(struct engine *engine, struct job *job)
{
    struct input *input = &job->work.input;
    assert(!appid_is_known(&input->authorizer) && job->lane_count < LANES_PER_JOB);
    input->authorizer = job->work.learned;
    struct lane_key key = lane_key_of_authorizer(&input->component, &input->authorizer);
    lane_join(&engine->lanes, &job->lanes[job->lane_count++], &key);
    course_wait_on(engine, job);
}

void course_begin(struct engine *engine, struct job *job)
{
    job->gate = gate_enter(&engine->gates, &job->work.input.component);
    enter_lanes(engine, job);
    job_move(engine, job, JOB_WAITING);
    struct step step = job->handler->on_start(&job->work);
    if (step.kind != STEP_LOAD) {
        course_follow(engine, job, step);
        return;
    }
    if (job_may_run(job))
        run(engine, job);
    else
        engine->may_be_crowded = true;
}

static void leave_lanes(struct engine *engine, struct job *job)
{
    while (job->lane_count) {
        struct lane_member *head = lane_leave(&engine->lanes, &job->lanes[--job->lane_count]);
        if (head && head->job->state == JOB_WAITING && job_may_run(head->job))
            run(engine, head->job);
    }
}

/* What is done is done with before its lanes are left; only its row in the table of parked records has to go yet. */
static void finish(struct engine *engine, struct job *job, enum outcome outcome)
{
    bool is_done = outcome != OUTCOME_DROPPED && outcome != OUTCOME_PARKED;
    job->outcome = outcome;
    job_move(engine, job, job->revision && is_done ? JOB_TO_UNPARK : JOB_ENDED);
    if (job->partition && outcome == OUTCOME_DROPPED)
        frontier_return(&job->partition->frontier, &job->place);
    else if (job->partition)
        frontier_finish(&job->partition->frontier, &job->place);
}

static void leave(struct engine *engine, struct job *job)
{
    leave_lanes(engine, job);
    gatekeeper_leave(engine, job);
}

/* A refresh has ended as done: so have those it covers. Any other end leaves them waiting on. */
static void settle_covered(struct engine *engine, const struct lane *lane, enum outcome outcome)
{
    LIST_FOR_EACH_SAFE (struct lane_member, member, &lane->members, in_lane) {
        if (!member->is_covered)
            continue;
        member->is_covered = false;
        if (outcome != OUTCOME_UPDATED)
            continue;
        finish(engine, member->job, OUTCOME_COVERED);
        leave(engine, member->job);
    }
}

void course_end(struct engine *engine, struct job *job, enum outcome outcome)
{
    finish(engine, job, outcome);
    for (size_t i = 0; i < job->lane_count; i++) {
        if (job->lanes[i].is_running)
            settle_covered(engine, job->lanes[i].lane, outcome);
    }
    leave(engine, job);
}

static void publish(struct engine *engine, struct job *job, enum publication publication)
{
    job->publication = publication;
    job_move(engine, job, JOB_TO_PUBLISH);
    gatekeeper_pass_on(engine, job);
}

static void publish_dead_letter(struct engine *engine, struct job *job, enum dead_reason reason,
                                const char *why)
{
    job->dead.reason = reason;
    struct str message = str_of(why);
    assert(message.len < sizeof(job->dead.message));
    memcpy(job->dead.message, message.at, message.len + 1);
    publish(engine, job, PUBLISH_DEAD_LETTER);
}

/*
 * Whether the row's version may be one that nobody announced: written by another process (perhaps one that was killed
 * before it could), or by ours but for a job that has not ended, which cannot be while this one heads the lane.
 */
static bool would_bury(const struct engine *engine, const struct job *job)
{
    const struct authorizer *row = &job->work.row;
    return authorizer_exists(row) && row->writer != 0 && row->writer != engine->limits.writer &&
           job->announced_version != row->version;
}

/* Calls and writes both end in a write, so what that would bury is announced before either: it costs the same, and a
 * token that has been issued then waits for nothing but its own write. */
static void call_or_store(struct engine *engine, struct job *job, struct step step)
{
    job->next = step;
    if (appid_is_known(&job->work.input.authorizer) && would_bury(engine, job)) {
        publish(engine, job, PUBLISH_BURIED);
        return;
    }
    course_go_on(engine, job);
}

void course_go_on(struct engine *engine, struct job *job)
{
    if (job->next.kind == STEP_CALL) {
        gatekeeper_admit(engine, job);
        return;
    }
    assert(job->next.kind == STEP_STORE);
    job_move(engine, job, JOB_TO_STORE);
}

static bool has_failed_too_long(const struct engine *engine, const struct job *job)
{
    return engine->wall_ms - job->failing_since_ms >= engine->limits.give_up_after_ms;
}

/* Stands in BACKOFF for so long, or is parked; becomes a dead letter where it has failed for too long already. */
static void rest(struct engine *engine, struct job *job, enum job_state resume, ms_t wait_ms,
                 const char *why)
{
    job->tries++;
    job->why = why;
    job->refused_token = 0;
    if (!job->failing_since_ms)
        job->failing_since_ms = engine->wall_ms;
    bool may_die = job->has_read && !job->has_stored && resume != JOB_TO_PUBLISH;
    if (may_die && has_failed_too_long(engine, job)) {
        publish_dead_letter(engine, job, DEAD_ATTEMPTS_EXHAUSTED, why);
        return;
    }
    if (wait_ms > engine->limits.hold_max_ms && job_may_be_parked(job)) {
        parking_lay_aside(engine, job, engine->now + wait_ms, why);
        return;
    }
    job->resume = resume;
    job->waits_until = engine->now + wait_ms;
    job_move(engine, job, JOB_BACKOFF);
    gatekeeper_pass_on(engine, job);
    heap_add(&engine->timers, &job->timer, job->waits_until);
}

void course_back_off(struct engine *engine, struct job *job, enum job_state resume, const char *why)
{
    ms_t limit_ms = job_may_be_parked(job) ? BACKOFF_MAX_MS : engine->limits.hold_max_ms;
    rest(engine, job, resume, backoff_ms(job->tries + 1, limit_ms, course_draw(engine)), why);
}

void course_hold(struct engine *engine, struct job *job)
{
    ms_t pause_ms = backoff_ms(BACKOFF_TRIES_MANY, engine->limits.hold_max_ms, course_draw(engine));
    ms_t end = engine->now + pause_ms;
    bool is_due_before = job->waits_until <= end;
    job->resume = !is_due_before ? JOB_TO_PARK : job->handler ? JOB_TO_LOAD : JOB_TO_PUBLISH;
    job_move(engine, job, JOB_BACKOFF);
    gatekeeper_pass_on(engine, job);
    heap_add(&engine->timers, &job->timer, end);
}

/* To the end of its lanes, where it waits for its turn once its time has come. */
static void step_back(struct engine *engine, struct job *job)
{
    if (job->state != JOB_BACKOFF)
        return;
    job->resume = JOB_WAITING;
    leave_lanes(engine, job);
    for (size_t i = 0; i < LANES_PER_JOB; i++)
        job->lanes[i].is_running = job->lanes[i].has_joined = false;
    enter_lanes(engine, job);
}

/* Its partition has gone, and it has nothing to see to its end: whoever has the partition now does it anew. */
static bool is_forsaken(const struct job *job)
{
    return job->partition && job->partition->has_gone && !job->work.owes && !job->has_stored;
}

void course_follow(struct engine *engine, struct job *job, struct step step)
{
    if (is_forsaken(job)) {
        course_end(engine, job, OUTCOME_DROPPED);
        return;
    }
    switch (step.kind) {
    case STEP_LOAD:
        job_move(engine, job, JOB_TO_LOAD);
        return;
    case STEP_CALL:
    case STEP_STORE:
        call_or_store(engine, job, step);
        return;
    case STEP_JOIN:
        join_lane(engine, job);
        return;
    case STEP_ANNOUNCE:
        job->outcome = step.outcome;
        job->has_stored |= step.outcome == OUTCOME_UPDATED;
        publish(engine, job, PUBLISH_OWN);
        return;
    case STEP_DONE:
        course_end(engine, job, step.outcome);
        return;
    case STEP_RETRY:
        course_back_off(engine, job, JOB_TO_LOAD, step.why);
        return;
    case STEP_WAIT:
        rest(engine, job, JOB_TO_LOAD, step.wait_ms, step.why);
        if (step.steps_back)
            step_back(engine, job);
        return;
    case STEP_OBSTRUCTED:
        gatekeeper_obstruct(engine, job, step.obstacle);
        return;
    case STEP_DEAD:
        publish_dead_letter(engine, job, step.reason, step.why);
        return;
    }
}
