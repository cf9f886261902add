#include "engine/course.h"

#include <assert.h>

#include "base/hash.h"
#include "engine/backoff.h"

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
    if (engine->trace)
        engine->trace(engine->trace_context, job, from);
}

static void wait_until(struct engine *engine, struct job *job, ms_t due)
{
    heap_add(&engine->timers, &job->timer, due);
}

static uint64_t draw(struct engine *engine)
{
    engine->random += 0x9e3779b97f4a7c15U;
    return hash_mix(engine->random);
}

static void notice_gate(struct engine *engine, const struct gate *gate)
{
    if (engine->notice_count == NOTICES_MAX)
        return;
    struct notice *notice = &engine->notices[engine->notice_count++];
    notice->is_shut = gate->is_shut;
    bool is_appid = appid_set(&notice->component, gate_component(gate));
    assert(is_appid);
}

static struct job *first_gated(const struct engine *engine, const struct gate *gate)
{
    const struct list *gated = &engine->states[JOB_GATED];
    for (struct link *link = list_first(gated); link; link = list_next(gated, link)) {
        struct job *job = CONTAINER(link, struct job, in_state);
        if (job->gate == gate)
            return job;
    }
    return NULL;
}

static void open_for_all(struct engine *engine, struct gate *gate)
{
    const struct list *gated = &engine->states[JOB_GATED];
    gate->scout = NULL;
    notice_gate(engine, gate);
    struct link *next;
    for (struct link *link = list_first(gated); link; link = next) {
        next = list_next(gated, link);
        struct job *job = CONTAINER(link, struct job, in_state);
        if (job->gate == gate)
            job_move(engine, job, JOB_TO_LOAD);
    }
}

static void appoint_scout(struct engine *engine, struct gate *gate)
{
    gate->scout = first_gated(engine, gate);
    if (gate->scout)
        wait_until(engine, gate->scout, engine->now + GATE_WATCH_MS);
}

/* A scout that is kept elsewhere leaves the gate to another. */
static void pass_on_scouting(struct engine *engine, struct job *job)
{
    if (job->gate && job->gate->scout == job)
        appoint_scout(engine, job->gate);
}

static void stand_at_gate(struct engine *engine, struct job *job)
{
    struct gate *gate = job->gate;
    job_move(engine, job, JOB_GATED);
    job->refused_token = 0; /* having waited, it may call with that token again */
    if (gate->scout && gate->scout != job)
        return;
    gate->scout = job;
    wait_until(engine, job, engine->now + GATE_WATCH_MS);
}

static void ask_gate(struct engine *engine, struct job *job)
{
    struct gate *gate = job->gate;
    bool was_shut = gate->is_shut;
    enum gate_verdict verdict = gate_ask(gate, job, job->work.component_token, engine->now);
    if (was_shut && !gate->is_shut)
        open_for_all(engine, gate);
    if (!was_shut && gate->is_shut)
        notice_gate(engine, gate);
    if (verdict == GATE_WAIT) {
        stand_at_gate(engine, job);
        return;
    }
    bool is_probe = gate->is_shut;
    if (!is_probe && gate_token_hash(job->work.component_token) == job->refused_token) {
        course_back_off(engine, job, JOB_TO_LOAD,
                        "the component's token is refused to this call alone");
        return;
    }
    job_move(engine, job, JOB_TO_CALL);
}

void course_note_component(struct engine *engine, struct job *job, enum component_verdict verdict)
{
    if (verdict == COMPONENT_REFUSED) {
        job->refused_token = job->component_token;
        gate_refuse(job->gate, job->component_token);
        return;
    }
    bool was_shut = job->gate->is_shut;
    gate_accept(job->gate, job->component_token);
    if (was_shut && !job->gate->is_shut)
        open_for_all(engine, job->gate);
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
    job_move(engine, job, JOB_TO_LOAD);
}

static void join_lane(struct engine *engine, struct job *job)
{
    struct input *input = &job->work.input;
    assert(!appid_is_known(&input->authorizer) && job->lane_count < LANES_PER_JOB);
    input->authorizer = job->work.learned;
    struct lane_key key = lane_key_of_authorizer(&input->component, &input->authorizer);
    lane_join(&engine->lanes, &job->lanes[job->lane_count++], &key);
    job_move(engine, job, JOB_WAITING);
    if (job_may_run(job))
        run(engine, job);
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
}

static void leave_lanes(struct engine *engine, struct job *job)
{
    while (job->lane_count) {
        struct lane_member *head = lane_leave(&engine->lanes, &job->lanes[--job->lane_count]);
        if (head && head->job->state == JOB_WAITING && job_may_run(head->job))
            run(engine, head->job);
    }
}

static void leave_gate(struct engine *engine, struct job *job)
{
    struct gate *gate = job->gate;
    job->gate = NULL;
    if (gate->scout == job)
        appoint_scout(engine, gate);
    gate_leave(&engine->gates, gate);
}

static void finish(struct engine *engine, struct job *job, enum outcome outcome)
{
    job->outcome = outcome;
    job_move(engine, job, JOB_ENDED);
    if (job->partition && outcome == OUTCOME_DROPPED)
        frontier_return(&job->partition->frontier, &job->place);
    else if (job->partition)
        frontier_finish(&job->partition->frontier, &job->place);
}

static void leave(struct engine *engine, struct job *job)
{
    leave_lanes(engine, job);
    if (job->gate)
        leave_gate(engine, job);
}

/* A refresh has ended as done: so have those it covers. Any other end leaves them waiting on. */
static void settle_covered(struct engine *engine, const struct lane *lane, enum outcome outcome)
{
    struct link *next;
    for (struct link *link = list_first(&lane->members); link; link = next) {
        struct lane_member *member = lane_member_of(link);
        next = list_next(&lane->members, link);
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
    pass_on_scouting(engine, job);
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
        ask_gate(engine, job);
        return;
    }
    assert(job->next.kind == STEP_STORE);
    job_move(engine, job, JOB_TO_STORE);
}

/* Stands in BACKOFF for so long; becomes a dead letter where it has failed for too long already. */
static void rest(struct engine *engine, struct job *job, enum job_state resume, ms_t wait_ms,
                 const char *why)
{
    job->tries++;
    job->why = why;
    job->refused_token = 0;
    bool may_die = !job->has_stored && resume != JOB_TO_PUBLISH;
    if (may_die && engine->now - job->first_seen >= engine->limits.give_up_after_ms) {
        publish_dead_letter(engine, job, DEAD_ATTEMPTS_EXHAUSTED, why);
        return;
    }
    job->resume = resume;
    job_move(engine, job, JOB_BACKOFF);
    pass_on_scouting(engine, job);
    wait_until(engine, job, engine->now + wait_ms);
}

void course_back_off(struct engine *engine, struct job *job, enum job_state resume, const char *why)
{
    ms_t wait_ms = backoff_ms(job->tries + 1, engine->limits.hold_max_ms, draw(engine));
    rest(engine, job, resume, wait_ms, why);
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
        return;
    case STEP_COMPONENT_REFUSED:
        course_note_component(engine, job, COMPONENT_REFUSED);
        job_move(engine, job, JOB_TO_LOAD);
        return;
    case STEP_DEAD:
        publish_dead_letter(engine, job, step.reason, step.why);
        return;
    }
}
