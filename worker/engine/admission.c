#include "engine/admission.h"

#include <assert.h>

static struct gate_event *note_event(struct engine *engine, const struct gate *gate,
                                     enum gate_event_kind kind)
{
    assert(engine->gate_event_count < GATE_EVENTS_MAX); /* the loop takes them after each event */
    struct gate_event *event = &engine->gate_events[engine->gate_event_count++];
    *event = (struct gate_event){.kind = kind};
    bool is_appid = appid_set(&event->component, gate_component(gate));
    assert(is_appid);
    return event;
}

static void note_change(struct engine *engine, struct gate *gate, struct bar_id id)
{
    const struct bar *bar = gate_bar(gate, id);
    struct gate_event *event = note_event(engine, gate, bar->is_shut ? GATE_SHUT : GATE_OPENED);
    event->bar = id;
    event->errcode = bar->errcode;
}

/* Sends the jobs of the gate back to read their rows. */
static void send_back(struct engine *engine, enum job_state from, const struct gate *gate)
{
    LIST_FOR_EACH_SAFE(struct job, job, &engine->places.states[from], in_state) {
        if (job->gate == gate)
            job_move(&engine->places, job, JOB_TO_LOAD);
    }
}

/* Notes each bar that has changed. Jobs at a gate that has opened look again, and so do jobs on
 * their way to a gate that has shut. */
static void tell_changes(struct engine *engine, struct gate *gate, unsigned before)
{
    unsigned after = gate_shut_bars(gate);
    for (size_t at = 0; at < BARS; at++) {
        if ((before ^ after) & 1U << at)
            note_change(engine, gate, gate_bar_at(at));
    }
    if (before & ~after)
        send_back(engine, JOB_GATED, gate);
    if (after & ~before)
        send_back(engine, JOB_TO_CALL, gate);
    if (!gate->component_token.is_shut)
        gate->token_watcher = NULL;
}

/* Makes the job the token watcher. Any job that waits at the gate will do. */
static void watch(struct engine *engine, struct job *job)
{
    job->gate->token_watcher = job;
    job_set_timer(&engine->places, job, engine->now + GATE_WATCH_MS);
}

static void appoint_token_watcher(struct engine *engine, struct gate *gate)
{
    gate->token_watcher = NULL;
    if (!gate->component_token.is_shut)
        return;
    LIST_FOR_EACH(struct job, job, &engine->places.states[JOB_GATED], in_state) {
        if (job->gate != gate)
            continue;
        watch(engine, job);
        return;
    }
}

void admission_pass_on(struct engine *engine, struct job *job)
{
    if (job->gate && job->gate->token_watcher == job)
        appoint_token_watcher(engine, job->gate);
}

void admission_leave(struct engine *engine, struct job *job)
{
    struct gate *gate = job->gate;
    if (!gate)
        return;
    job->gate = NULL;
    gate_abandon_probe(gate, job);
    if (gate->token_watcher == job)
        appoint_token_watcher(engine, gate);
    gate_leave(&engine->gates, gate);
}

static const char *reason(enum obstacle kind)
{
    switch (kind) {
    case OBSTACLE_COMPONENT_TOKEN:
        return "the component's token is refused or missing";
    case OBSTACLE_CONFIGURATION:
        return "WeChat refuses the component's configuration";
    case OBSTACLE_THROTTLE:
        return "WeChat asks for fewer calls a minute";
    case OBSTACLE_QUOTA:
        break;
    }
    return "the quota of the component's calls is used up";
}

/* Returns until when the gate is known to stay shut. A token may come at any time, and a probe may
 * soon be back. */
static ms_t shut_until(const struct bar *bar, enum obstacle kind, ms_t now)
{
    return kind == OBSTACLE_COMPONENT_TOKEN || bar->probe ? now : bar->until;
}

/* Returns true if the job is a parked record that need not wait in memory. Nobody knows when the
 * component gets another token, and one job already watches for it. More records that are due would
 * only fill the pool. */
static bool is_one_too_many(const struct job *job, enum obstacle kind)
{
    const struct job *token_watcher = job->gate->token_watcher;
    return kind == OBSTACLE_COMPONENT_TOKEN && job->revision && token_watcher &&
           token_watcher != job;
}

/* The job has met a shut bar: it waits there, or is parked if that takes too long. */
static struct admission stop_at(struct engine *engine, struct job *job, struct bar_id id)
{
    const struct bar *bar = gate_bar(job->gate, id);
    ms_t now = engine->now;
    job->refused_token = 0; /* after a wait, it may call with that token again */
    job->failing_since_ms = 0;
    if (job->gated_since == JOB_NOT_GATED)
        job->gated_since = now;
    ms_t end = job->gated_since + engine->limits.hold_max_ms;
    struct admission admission = {
        .kind = ADMIT_WAIT,
        .until = bar->until > now ? bar->until : now + GATE_WATCH_MS,
        .why = reason(id.kind),
        .is_watched = id.kind == OBSTACLE_COMPONENT_TOKEN &&
                      (!job->gate->token_watcher || job->gate->token_watcher == job),
    };
    bool is_long = now >= end || shut_until(bar, id.kind, now) > end;
    if ((is_long || is_one_too_many(job, id.kind)) && job_may_be_parked(job))
        admission.kind = ADMIT_PARK;
    return admission;
}

/* The timer ends with worker.hold_max_ms at the latest, so that the job can be parked if the gate
 * is still shut then. */
void admission_wait(struct engine *engine, struct job *job, const struct admission *admission)
{
    ms_t end = job->gated_since + engine->limits.hold_max_ms;
    bool is_over = engine->now >= end;
    job->waits_until = admission->until;
    job->why = admission->why;
    job_wait(&engine->places, job, JOB_GATED,
             admission->until < end || is_over ? admission->until : end);
    if (admission->is_watched)
        watch(engine, job);
}

/* Returns true if the token was refused to this job, but not to calls that were made with it since.
 * Then the trouble is the job's own. */
static bool is_refused_alone(const struct job *job)
{
    return !job->gate->component_token.is_shut && job->refused_token &&
           gate_token_hash(job->work.component_token) == job->refused_token;
}

struct admission admission_ask(struct engine *engine, struct job *job)
{
    unsigned before = gate_shut_bars(job->gate);
    struct gate_question question = {
        .job = job,
        .call = job->next.call,
        .component_token = job->work.component_token,
        .now = engine->now,
    };
    struct bar_id in_the_way;
    bool may_call = gate_ask(&engine->gates, job->gate, &in_the_way, &question);
    tell_changes(engine, job->gate, before);
    if (!may_call)
        return stop_at(engine, job, in_the_way);
    if (is_refused_alone(job)) {
        gate_abandon_probe(job->gate, job);
        return (struct admission){.kind = ADMIT_RETRY,
                                  .why = "the component's token is refused to this call alone"};
    }
    /* An inquiry only leads to another call, and that call may still meet a bar. */
    if (question.call != CALL_AUTHORIZER_INFO)
        job->gated_since = JOB_NOT_GATED;
    return (struct admission){.kind = ADMIT_CALL};
}

struct admission admission_ask_again(struct engine *engine, struct job *job, enum obstacle obstacle)
{
    struct bar_id id = {.kind = obstacle, .call = job->work.call};
    /* The job's row is read with the component's token, which may be another one now. */
    if (id.kind == OBSTACLE_COMPONENT_TOKEN)
        return (struct admission){.kind = ADMIT_LOOK};
    if (!gate_bar(job->gate, id)->is_shut)
        return (struct admission){.kind = ADMIT_RETRY,
                                  .why = "WeChat refuses this call, and takes others"};
    return stop_at(engine, job, id);
}

static void note_refusal(struct engine *engine, struct job *job, enum obstacle obstacle)
{
    struct bar_id id = {.kind = obstacle, .call = job->work.call};
    struct gate_refusal refusal = {
        .call_number = job->call_number,
        .errcode = job->work.answer.errcode,
        .now = engine->now,
    };
    if (id.kind != OBSTACLE_COMPONENT_TOKEN) {
        gate_refuse(&engine->gates, job->gate, id, &refusal);
        return;
    }
    job->refused_token = job->component_token;
    gate_refuse_token(job->gate, job->component_token, &refusal);
}

static void note_withdrawal(struct engine *engine, struct job *job)
{
    const struct work *work = &job->work;
    bool is_answer = work->answer.kind == ANSWER_DONE || work->answer.kind == ANSWER_REFUSED;
    enum fuse_answer answer = handler_says_withdrawn(work) ? FUSE_WITHDRAWAL : FUSE_OTHER_ANSWER;
    if (is_answer && fuse_note(&job->gate->fuse, answer, engine->now))
        (void)note_event(engine, job->gate, GATE_DOUBTS);
}

bool admission_believes(const struct engine *engine, struct job *job)
{
    enum { BELIEVED_AFTER_MS = 3600000 };
    if (!job->doubted_since_ms && fuse_is_blown(&job->gate->fuse, engine->now))
        job->doubted_since_ms = engine->wall_ms;
    return !job->doubted_since_ms || engine->wall_ms - job->doubted_since_ms >= BELIEVED_AFTER_MS;
}

void admission_note_answer(struct engine *engine, struct job *job, const struct step *step)
{
    struct gate *gate = job->gate;
    unsigned before = gate_shut_bars(gate);
    note_withdrawal(engine, job);
    struct gate_passage passage = {
        .call_number = job->call_number, .token = job->component_token, .now = engine->now};
    if (handler_passes(&job->work))
        gate_pass(gate, job->work.call, &passage);
    if (step->kind == STEP_OBSTRUCTED)
        note_refusal(engine, job, step->obstacle);
    gate_fail_probe(&engine->gates, gate, job, engine->now); /* if its probe is still undecided */
    tell_changes(engine, gate, before);
}
