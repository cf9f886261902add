#include "engine/gate.h"

#include <assert.h>

#include "base/count.h"
#include "base/hash.h"

uint64_t gate_token_hash(struct str component_token)
{
    uint64_t hash = hash_bytes(component_token);
    return hash ? hash : 1;
}

/* Returns how long a bar stays shut: until a call may probe it or, for the throttle, until it
 * opens. */
static ms_t shut_ms(const struct gates *gates, enum obstacle kind)
{
    switch (kind) {
    case OBSTACLE_COMPONENT_TOKEN:
        return GATE_PROBE_MS;
    case OBSTACLE_CONFIGURATION:
    case OBSTACLE_THROTTLE:
        return GATE_MINUTE_MS;
    case OBSTACLE_QUOTA:
        break;
    }
    return gates->quota_wait_ms;
}

struct bar_id gate_bar_at(size_t at)
{
    static const struct bar_id ids[] = {
        {.kind = OBSTACLE_COMPONENT_TOKEN},
        {.kind = OBSTACLE_CONFIGURATION},
        {.kind = OBSTACLE_QUOTA, .call = CALL_QUERY_AUTH},
        {.kind = OBSTACLE_QUOTA, .call = CALL_AUTHORIZER_TOKEN},
        {.kind = OBSTACLE_QUOTA, .call = CALL_AUTHORIZER_INFO},
        {.kind = OBSTACLE_THROTTLE},
    };
    static_assert(COUNT_OF(ids) == BARS, "each call has its quota");
    assert(at < BARS);
    return ids[at];
}

struct bar *gate_bar(struct gates *gates, struct gate *gate, struct bar_id id)
{
    switch (id.kind) {
    case OBSTACLE_COMPONENT_TOKEN:
        return &gate->component_token;
    case OBSTACLE_CONFIGURATION:
        return &gate->configuration;
    case OBSTACLE_QUOTA:
        return &gate->quotas[id.call];
    case OBSTACLE_THROTTLE:
        break;
    }
    return &gates->throttle;
}

unsigned gate_shut_bars(struct gates *gates, struct gate *gate)
{
    unsigned shut = 0;
    for (size_t at = 0; at < BARS; at++) {
        if (gate_bar(gates, gate, gate_bar_at(at))->is_shut)
            shut |= 1U << at;
    }
    return shut;
}

static struct gate *gate_new(struct gates *gates, const struct appid *component)
{
    struct gate *gate = pool_alloc(&gates->pool);
    assert(gate != NULL); /* the pool has one for each job, and for those that are kept */
    *gate = (struct gate){0};
    link_init(&gate->in_idle);
    table_add(&gates->table, &gate->entry, appid_str(component));
    return gate;
}

static void gate_free(struct gates *gates, struct gate *gate)
{
    table_remove(&gates->table, &gate->entry);
    pool_free(&gates->pool, gate);
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

/* A gate that is still shut, or whose fuse has blown, is kept without a job. If too many are kept,
 * the one kept longest is forgotten: a call will find out again. */
void gate_leave(struct gates *gates, struct gate *gate)
{
    if (--gate->job_count)
        return;
    bool is_shut = gate_shut_bars(gates, gate) & ~BAR_OF_ALL;
    if (!is_shut && !gate->fuse.blown_until) {
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

static void bar_open(struct bar *bar)
{
    bar->is_shut = false;
    bar->probe = NULL;
}

static void bar_shut(struct gates *gates, struct bar *bar, enum obstacle kind, ms_t now)
{
    bar->is_shut = true;
    bar->probe = NULL;
    bar->until = now + shut_ms(gates, kind);
    bar->shut_at = gates->calls;
}

/* Compares the token in the database with the refused one: another token opens the bar, the same
 * one or none shuts it. */
static void look_at_token(struct gates *gates, struct gate *gate,
                          const struct gate_question *question)
{
    struct bar *bar = &gate->component_token;
    uint64_t token = gate_token_hash(question->component_token);
    if (!str_is_empty(question->component_token) && token != gate->refused_token) {
        bar_open(bar);
        return;
    }
    gate->refused_token = token;
    if (bar->is_shut)
        return;
    bar_shut(gates, bar, OBSTACLE_COMPONENT_TOKEN, question->now);
    bar->shut_at = gate->refused_call;
    if (str_is_empty(question->component_token))
        bar->errcode = 0;
}

/* Returns true if the bar lets the call pass. A shut bar lets one call pass when it is time, but
 * never without a token. */
static bool lets_pass(const struct bar *bar, const struct gate_question *question)
{
    if (!bar->is_shut)
        return true;
    bool is_free = !bar->probe || bar->probe == question->job;
    return is_free && question->now >= bar->until && !str_is_empty(question->component_token);
}

bool gate_ask(struct gates *gates, struct gate *gate, struct bar_id *in_the_way,
              const struct gate_question *question)
{
    const struct bar_id way[] = {{.kind = OBSTACLE_THROTTLE},
                                 {.kind = OBSTACLE_CONFIGURATION},
                                 {.kind = OBSTACLE_QUOTA, .call = question->call},
                                 {.kind = OBSTACLE_COMPONENT_TOKEN}};
    look_at_token(gates, gate, question);
    if (question->now >= gates->throttle.until)
        bar_open(&gates->throttle);
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        *in_the_way = way[i];
        if (!lets_pass(gate_bar(gates, gate, way[i]), question))
            return false;
    }
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        struct bar *bar = gate_bar(gates, gate, way[i]);
        if (bar->is_shut)
            bar->probe = question->job;
    }
    return true;
}

void gate_refuse(struct gates *gates, struct gate *gate, struct bar_id id,
                 const struct gate_refusal *refusal)
{
    struct bar *bar = gate_bar(gates, gate, id);
    if (refusal->call_number <= bar->shut_at)
        return; /* the call was already in flight when the bar shut */
    bar->errcode = refusal->errcode;
    bar_shut(gates, bar, id.kind, refusal->now);
}

void gate_refuse_token(struct gate *gate, uint64_t token, const struct gate_refusal *refusal)
{
    struct bar *bar = &gate->component_token;
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
    struct bar *bar = &gate->component_token;
    pass_bar(&gate->configuration, call_number);
    pass_bar(&gate->quotas[call], call_number);
    if (token != gate->refused_token || call_number <= gate->refused_call)
        return;
    pass_bar(bar, call_number);
    gate->refused_token = 0;
}

void gate_abandon_probe(struct gates *gates, struct gate *gate, const struct job *job)
{
    for (size_t at = 0; at < BARS; at++) {
        struct bar *bar = gate_bar(gates, gate, gate_bar_at(at));
        if (bar->probe == job)
            bar->probe = NULL;
    }
}

void gate_fail_probe(struct gates *gates, struct gate *gate, const struct job *job, ms_t now)
{
    for (size_t at = 0; at < BARS; at++) {
        struct bar_id id = gate_bar_at(at);
        struct bar *bar = gate_bar(gates, gate, id);
        ms_t wait_ms = shut_ms(gates, id.kind);
        if (bar->probe != job)
            continue;
        bar->probe = NULL;
        bar->until = now + (wait_ms < GATE_PROBE_MS ? wait_ms : GATE_PROBE_MS);
    }
}
