#include "engine/gate.h"

#include <assert.h>

#include "base/count.h"
#include "base/hash.h"

uint64_t gate_token_hash(struct str component_token)
{
    uint64_t hash = hash_bytes(component_token);
    return hash ? hash : 1;
}

/* How long a bar stays shut before a call may find out, or, the throttle's, at all. */
static ms_t shut_ms(const struct gates *gates, enum bar_kind kind)
{
    switch ((int)kind) {
    case BAR_COMPONENT_TOKEN:
        return GATE_PROBE_MS;
    case BAR_CONFIGURATION:
    case BAR_THROTTLE:
        return GATE_MINUTE_MS;
    default:
        return gates->quota_wait_ms;
    }
}

static struct gate *gate_new(struct gates *gates, const struct appid *component)
{
    struct gate *gate = pool_take(&gates->pool);
    assert(gate != NULL); /* there is one for each job, and for those that are kept */
    *gate = (struct gate){0};
    link_init(&gate->in_idle);
    table_add(&gates->table, &gate->entry, appid_str(component));
    return gate;
}

static void gate_free(struct gates *gates, struct gate *gate)
{
    table_remove(&gates->table, &gate->entry);
    pool_give(&gates->pool, gate);
}

struct gate *gate_enter(struct gates *gates, const struct appid *component)
{
    struct table_entry *entry = table_find(&gates->table, appid_str(component));
    struct gate *gate = entry ? CONTAINER(entry, struct gate, entry) : gate_new(gates, component);
    if (link_is_on_a_list(&gate->in_idle))
        list_remove(&gates->idle, &gate->in_idle);
    gate->job_count++;
    return gate;
}

static bool is_any_shut(const struct gate *gate)
{
    for (size_t i = 0; i < BAR_THROTTLE; i++) {
        if (gate->bars[i].is_shut)
            return true;
    }
    return false;
}

/* Of too many that are kept, the one kept longest is forgotten: a call will find out. */
void gate_leave(struct gates *gates, struct gate *gate)
{
    if (--gate->job_count)
        return;
    if (!is_any_shut(gate)) {
        gate_free(gates, gate);
        return;
    }
    list_append(&gates->idle, &gate->in_idle);
    if (gates->idle.count <= GATES_IDLE_MAX)
        return;
    struct gate *oldest = LIST_FIRST(struct gate, &gates->idle, in_idle);
    list_remove(&gates->idle, &oldest->in_idle);
    gate_free(gates, oldest);
}

enum bar_kind gate_bar_kind(enum obstacle obstacle, enum wechat_call call)
{
    switch (obstacle) {
    case OBSTACLE_COMPONENT_TOKEN:
        return BAR_COMPONENT_TOKEN;
    case OBSTACLE_CONFIGURATION:
        return BAR_CONFIGURATION;
    case OBSTACLE_QUOTA:
        return (enum bar_kind)(BAR_QUOTA + call);
    case OBSTACLE_THROTTLE:
        break;
    }
    return BAR_THROTTLE;
}

struct bar *gate_bar(struct gates *gates, struct gate *gate, enum bar_kind kind)
{
    return kind == BAR_THROTTLE ? &gates->throttle : &gate->bars[kind];
}

unsigned gate_shut_bars(struct gates *gates, struct gate *gate)
{
    unsigned shut = 0;
    for (int kind = 0; kind < BARS; kind++) {
        if (gate_bar(gates, gate, (enum bar_kind)kind)->is_shut)
            shut |= 1U << kind;
    }
    return shut;
}

static void bar_open(struct bar *bar)
{
    bar->is_shut = false;
    bar->prober = NULL;
}

static void bar_shut(struct gates *gates, struct bar *bar, enum bar_kind kind, ms_t now)
{
    bar->is_shut = true;
    bar->prober = NULL;
    bar->until = now + shut_ms(gates, kind);
    bar->shut_at = gates->calls;
}

/* The database's token of now decides: another than the refused one opens, the same or none shuts. */
static void look_at_token(struct gates *gates, struct gate *gate,
                          const struct gate_question *question)
{
    struct bar *bar = &gate->bars[BAR_COMPONENT_TOKEN];
    uint64_t token = gate_token_hash(question->component_token);
    if (!str_is_empty(question->component_token) && token != gate->refused_token) {
        bar_open(bar);
        return;
    }
    gate->refused_token = token;
    if (bar->is_shut)
        return;
    bar_shut(gates, bar, BAR_COMPONENT_TOKEN, question->now);
    bar->shut_at = gate->refused_call;
    if (str_is_empty(question->component_token))
        bar->errcode = 0;
}

/* Through a shut bar there goes one call when it is time, but none without a token. */
static bool lets_pass(const struct bar *bar, const struct gate_question *question)
{
    if (!bar->is_shut)
        return true;
    bool is_free = !bar->prober || bar->prober == question->job;
    return is_free && question->now >= bar->until && !str_is_empty(question->component_token);
}

enum bar_kind gate_ask(struct gates *gates, struct gate *gate, const struct gate_question *question)
{
    const enum bar_kind way[] = {BAR_THROTTLE, BAR_CONFIGURATION,
                                 (enum bar_kind)(BAR_QUOTA + question->call), BAR_COMPONENT_TOKEN};
    enum { WAY = COUNT_OF(way) };
    look_at_token(gates, gate, question);
    if (question->now >= gates->throttle.until)
        bar_open(&gates->throttle);
    for (size_t i = 0; i < WAY; i++) {
        if (!lets_pass(gate_bar(gates, gate, way[i]), question))
            return way[i];
    }
    for (size_t i = 0; i < WAY; i++) {
        struct bar *bar = gate_bar(gates, gate, way[i]);
        if (bar->is_shut)
            bar->prober = question->job;
    }
    return BARS;
}

void gate_refuse(struct gates *gates, struct gate *gate, enum bar_kind kind,
                 const struct gate_refusal *refusal)
{
    struct bar *bar = gate_bar(gates, gate, kind);
    if (refusal->call_number <= bar->shut_at)
        return; /* the echo of a call that was under way */
    bar->errcode = refusal->errcode;
    bar_shut(gates, bar, kind, refusal->now);
}

void gate_refuse_token(struct gate *gate, uint64_t token, const struct gate_refusal *refusal)
{
    struct bar *bar = &gate->bars[BAR_COMPONENT_TOKEN];
    if (bar->is_shut)
        return;
    gate->refused_token = token;
    gate->refused_call = refusal->call_number;
    bar->errcode = refusal->errcode;
}

static void pass_bar(struct bar *bar, uint64_t call_number)
{
    if (bar->is_shut && call_number > bar->shut_at)
        bar_open(bar);
}

void gate_pass(struct gate *gate, enum wechat_call call, uint64_t token, uint64_t call_number)
{
    struct bar *bar = &gate->bars[BAR_COMPONENT_TOKEN];
    pass_bar(&gate->bars[BAR_CONFIGURATION], call_number);
    pass_bar(&gate->bars[BAR_QUOTA + call], call_number);
    if (token != gate->refused_token || call_number <= gate->refused_call)
        return;
    pass_bar(bar, call_number);
    gate->refused_token = 0;
}

void gate_abandon_probe(struct gate *gate, const struct job *job)
{
    for (size_t i = 0; i < BAR_THROTTLE; i++) {
        if (gate->bars[i].prober == job)
            gate->bars[i].prober = NULL;
    }
}

void gate_fail_probe(struct gates *gates, struct gate *gate, const struct job *job, ms_t now)
{
    for (int kind = 0; kind < BAR_THROTTLE; kind++) {
        struct bar *bar = &gate->bars[kind];
        ms_t wait_ms = shut_ms(gates, (enum bar_kind)kind);
        if (bar->prober != job)
            continue;
        bar->prober = NULL;
        bar->until = now + (wait_ms < GATE_PROBE_MS ? wait_ms : GATE_PROBE_MS);
    }
}
