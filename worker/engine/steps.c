#include "engine/steps.h"

#include <assert.h>

#include "engine/admission.h"
#include "engine/backoff.h"

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
    job_move(&engine->places, job, JOB_TO_LOAD);
}

void steps_wait_in_lanes(struct engine *engine, struct job *job)
{
    job_move(&engine->places, job, JOB_WAITING);
    if (job_may_run(job))
        run(engine, job);
}

static void join_lane(struct engine *engine, struct job *job)
{
    struct input *input = &job->work.input;
    assert(!appid_is_known(&input->authorizer) && job->lane_count < LANES_PER_JOB);
    input->authorizer = job->work.learned;
    struct lane_key key = lane_key_of_authorizer(&input->component, &input->authorizer);
    lane_join(&engine->lanes, &job->lanes[job->lane_count++], &key);
    steps_wait_in_lanes(engine, job);
}

void steps_park(struct engine *engine, struct job *job, ms_t due, const char *why)
{
    for (size_t i = 0; i < job->lane_count; i++)
        job->lanes[i].is_covered = false;
    job->waits_until = due;
    job->why = why;
    job_move(&engine->places, job, JOB_TO_PARK);
    admission_pass_on(engine, job);
    if (job->gate)
        gate_abandon_probe(job->gate, job);
}

/* Parks the job until a little later than asked, so that jobs that wait for the same thing do not
 * come back at the same moment. */
static void park_jittered(struct engine *engine, struct job *job, ms_t due, const char *why)
{
    enum { JITTER = 16 }; /* at most a sixteenth of the wait */
    ms_t wait_ms = due - engine->now;
    ms_t jitter_ms = (ms_t)(engine_random(engine) % (uint64_t)(wait_ms / JITTER + 1));
    steps_park(engine, job, due + jitter_ms, why);
}

static bool is_in_full_lane(const struct engine *engine, const struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        if (job->lanes[i].lane->members.count > engine_lane_max(&engine->limits))
            return true;
    }
    return false;
}

/* Parks a job that has no room in its lane: for a second at first, and twice as long each time. Its
 * row has another revision after each claim and each parking. */
static void wait_for_room(struct engine *engine, struct job *job)
{
    enum { FIRST_MS = 1000, DOUBLINGS_MAX = 5 };
    int64_t times = job->revision / 2;
    ms_t wait_ms = FIRST_MS << (times < DOUBLINGS_MAX ? times : DOUBLINGS_MAX);
    park_jittered(engine, job, engine->now + wait_ms, "too many of its account are worked on");
}

void steps_begin(struct engine *engine, struct job *job)
{
    job->gate = gate_enter(&engine->gates, &job->work.input.component);
    enter_lanes(engine, job);
    job_move(&engine->places, job, JOB_WAITING);
    struct step step = {.kind = STEP_LOAD};
    if (job->handler->on_start)
        step = job->handler->on_start(&job->work);
    if (step.kind != STEP_LOAD) {
        steps_carry_out(engine, job, step);
        return;
    }
    if (job_may_run(job))
        run(engine, job);
    else if (is_in_full_lane(engine, job))
        wait_for_room(engine, job);
}

static void leave_lanes(struct engine *engine, struct job *job)
{
    while (job->lane_count) {
        struct lane_member *head = lane_leave(&engine->lanes, &job->lanes[--job->lane_count]);
        if (head && head->job->state == JOB_WAITING && job_may_run(head->job))
            run(engine, head->job);
    }
}

/* Finishes the job before its lanes are left. Only its row in wxtoken.parked is still to be
 * deleted. */
static void finish(struct engine *engine, struct job *job, enum outcome outcome)
{
    bool is_done = outcome != OUTCOME_DROPPED && outcome != OUTCOME_PARKED;
    job->outcome = outcome;
    job_move(&engine->places, job, job->revision && is_done ? JOB_TO_UNPARK : JOB_ENDED);
    if (job->partition && outcome == OUTCOME_DROPPED)
        frontier_return(&job->partition->frontier, &job->place);
    else if (job->partition)
        frontier_finish(&job->partition->frontier, &job->place);
}

static void leave(struct engine *engine, struct job *job)
{
    leave_lanes(engine, job);
    admission_leave(engine, job);
}

/* Ends the jobs that a refresh covers, if the refresh has ended as updated. After any other end
 * they wait on. */
static void settle_covered(struct engine *engine, const struct lane *lane, enum outcome outcome)
{
    LIST_FOR_EACH_SAFE(struct lane_member, member, &lane->members, in_lane) {
        if (!member->is_covered)
            continue;
        member->is_covered = false;
        if (outcome != OUTCOME_UPDATED)
            continue;
        finish(engine, member->job, OUTCOME_COVERED);
        leave(engine, member->job);
    }
}

static void settle_lanes(struct engine *engine, struct job *job, enum outcome outcome)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        if (job->lanes[i].is_running)
            settle_covered(engine, job->lanes[i].lane, outcome);
    }
}

void steps_end(struct engine *engine, struct job *job, enum outcome outcome)
{
    finish(engine, job, outcome);
    settle_lanes(engine, job, outcome);
    leave(engine, job);
}

/* Returns true if a lost call may still act at WeChat: one of the job's own, or one that the row
 * knows of, because the job that lost it may have been killed before it could park its debt. A debt
 * is done, unless its own refresh was lost as well. */
static bool leaves_late_debt(const struct job *job, enum outcome outcome)
{
    const struct work *work = &job->work;
    bool is_done = work->is_late_debt && outcome != OUTCOME_UPDATED;
    return !is_done && (work->late_until_s || work->row.late_until_s);
}

/* Debts that were made together are due spread over half as much time again as the call may take,
 * so that the end of an outage is no herd. */
static ms_t debt_due(struct engine *engine, const struct work *work)
{
    ms_t left_ms = work->late_until_s * MS_PER_S - engine->wall_ms;
    uint64_t spread_ms = (uint64_t)engine->limits.late_effect_ms / 2 + 1;
    return engine->now + (left_ms > 0 ? left_ms : 0) + (ms_t)(engine_random(engine) % spread_ms);
}

void steps_finish(struct engine *engine, struct job *job, enum outcome outcome)
{
    struct work *work = &job->work;
    if (!leaves_late_debt(job, outcome)) {
        steps_end(engine, job, outcome);
        return;
    }
    settle_lanes(engine, job, outcome);
    if (work->late_until_s < work->row.late_until_s)
        work->late_until_s = work->row.late_until_s;
    work->inquiry = (struct inquiry){.exhausted_version = INQUIRY_NEVER};
    job_become_late_debt(job);
    job->has_updated = outcome == OUTCOME_UPDATED;
    job->has_stored = false;
    job->tries = 0;
    job->failing_since_ms = 0;
    steps_park(engine, job, debt_due(engine, work), "a lost call may still act at WeChat");
}

static void admit(struct engine *engine, struct job *job, const struct admission *admission)
{
    switch (admission->kind) {
    case ADMIT_CALL:
        job_move(&engine->places, job, JOB_TO_CALL);
        admission_pass_on(engine, job);
        return;
    case ADMIT_LOOK:
        job_move(&engine->places, job, JOB_TO_LOAD);
        return;
    case ADMIT_WAIT:
        admission_wait(engine, job, admission);
        return;
    case ADMIT_PARK:
        park_jittered(engine, job, admission->until, admission->why);
        return;
    case ADMIT_RETRY:
        steps_back_off(engine, job, JOB_TO_LOAD, admission->why);
        return;
    }
}

static void publish(struct engine *engine, struct job *job, enum publication publication)
{
    job->publication = publication;
    job_move(&engine->places, job, JOB_TO_PUBLISH);
    admission_pass_on(engine, job);
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
 * Returns true if nobody may have announced the row's version: another process wrote it, and may
 * have been killed before it could announce. A version that our own process wrote is announced,
 * because the job that wrote it has ended when this one heads the lane.
 */
static bool would_bury(const struct engine *engine, const struct job *job)
{
    const struct authorizer *row = &job->work.row;
    return authorizer_exists(row) && row->writer != 0 && row->writer != engine->limits.writer &&
           job->announced_version != row->version;
}

/* A call also ends in a write, so the version that the write would bury is announced before the
 * call. That costs the same, and a token that has been issued then waits only for its own write. */
static void call_or_store(struct engine *engine, struct job *job, struct step step)
{
    job->next = step;
    if (appid_is_known(&job->work.input.authorizer) && would_bury(engine, job)) {
        publish(engine, job, PUBLISH_BURIED);
        return;
    }
    steps_go_on(engine, job);
}

void steps_go_on(struct engine *engine, struct job *job)
{
    if (job->next.kind == STEP_CALL) {
        struct admission admission = admission_ask(engine, job);
        admit(engine, job, &admission);
        return;
    }
    assert(job->next.kind == STEP_STORE);
    job_move(&engine->places, job, JOB_TO_STORE);
}

static bool has_failed_too_long(const struct engine *engine, const struct job *job)
{
    return engine->wall_ms - job->failing_since_ms >= engine->limits.give_up_after_ms;
}

static void give_up(struct engine *engine, struct job *job, const char *why)
{
    if (job->work.is_late_debt)
        steps_end(engine, job, OUTCOME_DEBT_GIVEN_UP);
    else
        publish_dead_letter(engine, job, DEAD_ATTEMPTS_EXHAUSTED, why);
}

/* Lets the job wait in BACKOFF, or parks it if the wait is too long. A job that has failed for too
 * long becomes a dead letter. */
static void wait_or_park(struct engine *engine, struct job *job, enum job_state resume,
                         ms_t wait_ms, const char *why)
{
    job->tries++;
    job->why = why;
    job->refused_token = 0;
    if (!job->failing_since_ms)
        job->failing_since_ms = engine->wall_ms;
    bool may_die = job->has_read && !job->has_stored && resume != JOB_TO_PUBLISH;
    if (may_die && has_failed_too_long(engine, job)) {
        give_up(engine, job, why);
        return;
    }
    if (wait_ms > engine->limits.hold_max_ms && job_may_be_parked(job)) {
        steps_park(engine, job, engine->now + wait_ms, why);
        return;
    }
    job->resume = resume;
    job->waits_until = engine->now + wait_ms;
    job_wait(&engine->places, job, JOB_BACKOFF, job->waits_until);
    admission_pass_on(engine, job);
}

void steps_back_off(struct engine *engine, struct job *job, enum job_state resume, const char *why)
{
    ms_t limit_ms = job_may_be_parked(job) ? BACKOFF_MAX_MS : engine->limits.hold_max_ms;
    wait_or_park(engine, job, resume, backoff_ms(job->tries + 1, limit_ms, engine_random(engine)),
                 why);
}

void steps_hold(struct engine *engine, struct job *job)
{
    ms_t pause_ms = backoff_ms(BACKOFF_TRIES_MANY, engine->limits.hold_max_ms,
                               engine_random(engine));
    ms_t end = engine->now + pause_ms;
    bool is_due_before = job->waits_until <= end;
    job->resume = !is_due_before ? JOB_TO_PARK : job->handler ? JOB_TO_LOAD : JOB_TO_PUBLISH;
    job_wait(&engine->places, job, JOB_BACKOFF, end);
    admission_pass_on(engine, job);
}

/* Writes nothing, and asks WeChat again later. The offset is not held that long. */
static void doubt(struct engine *engine, struct job *job)
{
    park_jittered(engine, job, engine->now + FUSE_BLOWN_MS,
                  "WeChat says of too many accounts that they withdrew");
}

/* Moves the job to the end of its lanes, where it waits for its turn when its time has come. */
static void step_back(struct engine *engine, struct job *job)
{
    if (job->state != JOB_BACKOFF)
        return;
    job->resume = JOB_WAITING;
    leave_lanes(engine, job);
    for (size_t i = 0; i < LANES_PER_JOB; i++)
        job->lanes[i].is_running = job->lanes[i].has_joined = false;
    enter_lanes(engine, job);
    for (size_t i = 0; i < job->lane_count; i++)
        lane_begin_wait(&job->lanes[i]);
}

/* Returns true if the partition of the job has gone, and the job has nothing to finish: the next
 * owner of the partition does the record again. */
static bool is_forsaken(const struct job *job)
{
    return job->partition && job->partition->has_gone && !job->work.owes &&
           !job->work.is_late_debt && !job->has_stored;
}

void steps_carry_out(struct engine *engine, struct job *job, struct step step)
{
    if (is_forsaken(job)) {
        steps_end(engine, job, OUTCOME_DROPPED);
        return;
    }
    switch (step.kind) {
    case STEP_LOAD:
        job_move(&engine->places, job, JOB_TO_LOAD);
        return;
    case STEP_STORE:
        if (step.is_withdrawal && !admission_believes(engine, job))
            doubt(engine, job);
        else
            call_or_store(engine, job, step);
        return;
    case STEP_CALL:
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
        steps_finish(engine, job, step.outcome);
        return;
    case STEP_RETRY:
        steps_back_off(engine, job, JOB_TO_LOAD, step.why);
        return;
    case STEP_WAIT:
        wait_or_park(engine, job, JOB_TO_LOAD, step.wait_ms, step.why);
        if (step.steps_back)
            step_back(engine, job);
        return;
    case STEP_OBSTRUCTED: {
        struct admission admission = admission_ask_again(engine, job, step.obstacle);
        admit(engine, job, &admission);
        return;
    }
    case STEP_DEAD:
        publish_dead_letter(engine, job, step.reason, step.why);
        return;
    }
}
