#include "engine/admission.h"

#include <assert.h>

static void notice(struct engine *engine, struct gate *gate, enum bar_kind kind)
{
    const struct bar *bar = gate_bar(&engine->gates, gate, kind);
    assert(engine->notice_count < NOTICES_MAX); /* the loop takes them after each event */
    struct notice *notice = &engine->notices[engine->notice_count++];
    *notice = (struct notice){.kind = kind, .is_shut = bar->is_shut, .errcode = bar->errcode};
    bool is_appid = appid_set(&notice->component, gate_component(gate));
    assert(is_appid);
}

/* The throttle concerns all, a gate's bars those who have come to it. */
static bool is_concerned(const struct job *job, const struct gate *gate, unsigned bars)
{
    return job->gate == gate || bars & 1U << BAR_THROTTLE;
}

static void send_back(struct engine *engine, enum job_state from, const struct gate *gate,
                      unsigned bars)
{
    LIST_FOR_EACH_SAFE(struct job, job, &engine->places.states[from], in_state) {
        if (is_concerned(job, gate, bars))
            job_move(&engine->places, job, JOB_TO_LOAD);
    }
}

/* Whoever stands at a gate that has opened looks again, and so does whoever is on the way to one that has shut. */
static void tell_changes(struct engine *engine, struct gate *gate, unsigned before)
{
    unsigned after = gate_shut_bars(&engine->gates, gate);
    for (int kind = 0; kind < BARS; kind++) {
        if ((before ^ after) & 1U << kind)
            notice(engine, gate, (enum bar_kind)kind);
    }
    unsigned opened = before & ~after;
    unsigned shut = after & ~before;
    if (opened)
        send_back(engine, JOB_GATED, gate, opened);
    if (shut)
        send_back(engine, JOB_TO_CALL, gate, shut);
    if (!gate->bars[BAR_COMPONENT_TOKEN].is_shut)
        gate->scout = NULL;
}

/* A job that waits at the gate watches the token as well as any other. */
static void watch(struct engine *engine, struct job *job)
{
    job->gate->scout = job;
    job_set_timer(&engine->places, job, engine->now + GATE_WATCH_MS);
}

static void appoint_scout(struct engine *engine, struct gate *gate)
{
    gate->scout = NULL;
    if (!gate->bars[BAR_COMPONENT_TOKEN].is_shut)
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
    if (job->gate && job->gate->scout == job)
        appoint_scout(engine, job->gate);
}

void admission_leave(struct engine *engine, struct job *job)
{
    struct gate *gate = job->gate;
    if (!gate)
        return;
    job->gate = NULL;
    gate_abandon_probe(gate, job);
    if (gate->scout == job)
        appoint_scout(engine, gate);
    gate_leave(&engine->gates, gate);
}

static const char *reason(enum bar_kind kind)
{
    switch ((int)kind) {
    case BAR_COMPONENT_TOKEN:
        return "the component's token is refused or missing";
    case BAR_CONFIGURATION:
        return "WeChat refuses the component's configuration";
    case BAR_THROTTLE:
        return "WeChat asks for fewer calls a minute";
    default:
        return "the quota of the component's calls is used up";
    }
}

/* Until when the gate is known to stay shut: a token may come at any time, and a probe may be back soon. */
static ms_t shut_until(const struct bar *bar, enum bar_kind kind, ms_t now)
{
    return kind == BAR_COMPONENT_TOKEN || bar->prober ? now : bar->until;
}

/* Nobody knows when the component gets another token. One of its jobs watches for it; parked records that are due need not
 * fill the pool with more. */
static bool is_one_too_many(const struct job *job, enum bar_kind kind)
{
    const struct job *scout = job->gate->scout;
    return kind == BAR_COMPONENT_TOKEN && job->revision && scout && scout != job;
}

/* The job stands at a shut bar: waits there, or is parked if that takes too long. */
static struct admission stop_at(struct engine *engine, struct job *job, enum bar_kind kind)
{
    const struct bar *bar = gate_bar(&engine->gates, job->gate, kind);
    ms_t now = engine->now;
    job->refused_token = 0; /* after a wait it may call with that token again */
    job->failing_since_ms = 0;
    if (job->gated_since == JOB_NOT_GATED)
        job->gated_since = now;
    ms_t end = job->gated_since + engine->limits.hold_max_ms;
    struct admission admission = {
        .kind = ADMIT_WAIT,
        .until = bar->until > now ? bar->until : now + GATE_WATCH_MS,
        .why = reason(kind),
        .is_watched = kind == BAR_COMPONENT_TOKEN && (!job->gate->scout || job->gate->scout == job),
    };
    bool is_long = now >= end || shut_until(bar, kind, now) > end;
    if ((is_long || is_one_too_many(job, kind)) && job_may_be_parked(job))
        admission.kind = ADMIT_PARK;
    return admission;
}

/* In time to be parked, if the gate is still shut then. */
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

/* The token was refused to this job, but not to those that have called with it since: the trouble is the job's own. */
static bool is_refused_alone(const struct job *job)
{
    return !job->gate->bars[BAR_COMPONENT_TOKEN].is_shut && job->refused_token &&
           gate_token_hash(job->work.component_token) == job->refused_token;
}

struct admission admission_ask(struct engine *engine, struct job *job)
{
    unsigned before = gate_shut_bars(&engine->gates, job->gate);
    struct gate_question question = {
        .job = job,
        .call = job->next.call,
        .component_token = job->work.component_token,
        .now = engine->now,
    };
    enum bar_kind in_the_way = gate_ask(&engine->gates, job->gate, &question);
    tell_changes(engine, job->gate, before);
    if (in_the_way != BARS)
        return stop_at(engine, job, in_the_way);
    if (is_refused_alone(job)) {
        gate_abandon_probe(job->gate, job);
        return (struct admission){.kind = ADMIT_RETRY,
                                  .why = "the component's token is refused to this call alone"};
    }
    if (question.call != CALL_AUTHORIZER_INFO) /* asked on the way to the call that it stands for */
        job->gated_since = JOB_NOT_GATED;
    return (struct admission){.kind = ADMIT_CALL};
}

struct admission admission_ask_again(struct engine *engine, struct job *job, enum obstacle obstacle)
{
    enum bar_kind kind = gate_bar_kind(obstacle, job->work.call);
    bool is_told_by_row = kind == BAR_COMPONENT_TOKEN; /* the row may hold another token by now */
    if (is_told_by_row || !gate_bar(&engine->gates, job->gate, kind)->is_shut)
        return (struct admission){.kind = ADMIT_LOOK};
    return stop_at(engine, job, kind);
}

static void note_refusal(struct engine *engine, struct job *job, enum obstacle obstacle)
{
    enum bar_kind kind = gate_bar_kind(obstacle, job->work.call);
    struct gate_refusal refusal = {
        .call_number = job->call_number,
        .errcode = job->work.answer.errcode,
        .now = engine->now,
    };
    if (kind != BAR_COMPONENT_TOKEN) {
        gate_refuse(&engine->gates, job->gate, kind, &refusal);
        return;
    }
    job->refused_token = job->component_token;
    gate_refuse_token(job->gate, job->component_token, &refusal);
}

void admission_note_answer(struct engine *engine, struct job *job, const struct step *step)
{
    struct gate *gate = job->gate;
    unsigned before = gate_shut_bars(&engine->gates, gate);
    if (handler_passes(&job->work))
        gate_pass(gate, job->work.call, job->component_token, job->call_number);
    if (step->kind == STEP_OBSTRUCTED)
        note_refusal(engine, job, step->obstacle);
    gate_fail_probe(&engine->gates, gate, job, engine->now); /* where it has told neither */
    tell_changes(engine, gate, before);
}
