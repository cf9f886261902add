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

struct bar *gate_bar(struct gate *gate, struct bar_id id)
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
    return &gate->throttle;
}

unsigned gate_shut_bars(struct gate *gate)
{
    unsigned shut = 0;
    for (size_t at = 0; at < BARS; at++) {
        if (gate_bar(gate, gate_bar_at(at))->is_shut)
            shut |= 1U << at;
    }
    return shut;
}

static struct gate *gate_new(struct gates *gates, const struct appid *component)
{
    struct gate *gate = pool_alloc(&gates->pool);
    assert(gate != NULL); /* the pool has one for each job, and for those that are kept */
    *gate = (struct gate){0};
    link_init(&gate->in_all);
    link_init(&gate->in_idle);
    list_append(&gates->all, &gate->in_all);
    table_add(&gates->table, &gate->entry, appid_str(component));
    return gate;
}

static void gate_free(struct gates *gates, struct gate *gate)
{
    table_remove(&gates->table, &gate->entry);
    list_remove(&gates->all, &gate->in_all);
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

/* Returns the idle gate whose loss costs least: the one kept longest, an open one if there is one.
 * */
static struct gate *least_needed(struct gates *gates)
{
    LIST_FOR_EACH(struct gate, gate, &gates->idle, in_idle) {
        if (!gate_shut_bars(gate) && !gate->fuse.blown_until)
            return gate;
    }
    return LIST_FIRST(struct gate, &gates->idle, in_idle);
}

void gate_leave(struct gates *gates, struct gate *gate)
{
    if (--gate->job_count)
        return;
    list_append(&gates->idle, &gate->in_idle);
    if (gates->idle.count <= GATES_IDLE_MAX)
        return;
    struct gate *forgotten = least_needed(gates);
    list_remove(&gates->idle, &forgotten->in_idle);
    gate_free(gates, forgotten);
}

static void bar_open(struct bar *bar)
{
    bar->is_shut = false;
    bar->probe = NULL;
}

/* Opens the bar at a rate. */
static void open_slowly(struct gate *gate, struct bar *bar, ms_t now)
{
    bar_open(bar);
    gate->ramp = (struct ramp){.is_limiting = true, .since = now};
}

static bool ramp_lets_pass(struct ramp *ramp, ms_t now)
{
    ms_t second = (now - ramp->since) / MS_PER_S;
    if (second >= GATE_RAMP_SECONDS)
        ramp->is_limiting = false;
    if (!ramp->is_limiting)
        return true;
    if (second != ramp->second)
        ramp->calls = 0;
    ramp->second = second;
    return ramp->calls < (uint32_t)GATE_RAMP_CALLS << second;
}

static void bar_shut(struct gates *gates, struct bar *bar, enum obstacle kind, ms_t now)
{
    bar->is_shut = true;
    bar->probe = NULL;
    bar->until = now + shut_ms(gates, kind);
    bar->shut_at = gates->calls;
    bar->has_passed = false;
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
    if (bar->is_shut && str_is_empty(question->component_token) && question->now >= bar->until)
        bar->until = question->now + GATE_PROBE_MS; /* without a token there is nothing to probe */
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

bool gate_stops_all(const struct gate *gate, ms_t now)
{
    const struct bar *bars[] = {&gate->component_token, &gate->configuration, &gate->throttle};
    for (size_t i = 0; i < COUNT_OF(bars); i++) {
        if (bars[i]->is_shut && (now < bars[i]->until || bars[i]->probe))
            return true;
    }
    return false;
}

bool gate_ask(struct gates *gates, struct gate *gate, struct bar_id *in_the_way,
              const struct gate_question *question)
{
    const struct bar_id way[] = {{.kind = OBSTACLE_CONFIGURATION},
                                 {.kind = OBSTACLE_QUOTA, .call = question->call},
                                 {.kind = OBSTACLE_COMPONENT_TOKEN}};
    look_at_token(gates, gate, question);
    if (gate->throttle.is_shut && question->now >= gate->throttle.until)
        open_slowly(gate, &gate->throttle, question->now);
    *in_the_way = (struct bar_id){.kind = OBSTACLE_THROTTLE};
    if (gate->throttle.is_shut)
        return false;
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        *in_the_way = way[i];
        if (!lets_pass(gate_bar(gate, way[i]), question))
            return false;
    }
    *in_the_way = (struct bar_id){.kind = OBSTACLE_THROTTLE};
    if (!ramp_lets_pass(&gate->ramp, question->now))
        return false;
    gate->ramp.calls++;
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        struct bar *bar = gate_bar(gate, way[i]);
        if (bar->is_shut)
            bar->probe = question->job;
    }
    return true;
}

static int count_bits(uint32_t bits)
{
    int count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* Returns true if the refusal stands for all such calls of the component. */
static bool stands_for_all(const struct bar *bar, enum obstacle kind, ms_t now)
{
    if (bar->is_shut || kind == OBSTACLE_THROTTLE)
        return true;
    bool passes_now = bar->has_passed && now - bar->passed_at < GATE_PASSED_MS;
    int passed = GATE_ANSWERS - count_bits(bar->refusals);
    return !passes_now || passed <= GATE_PASSES_MAX;
}

void gate_refuse(struct gates *gates, struct gate *gate, struct bar_id id,
                 const struct gate_refusal *refusal)
{
    struct bar *bar = gate_bar(gate, id);
    if (refusal->call_number <= bar->shut_at)
        return; /* the call was already in flight when the bar shut */
    bar->errcode = refusal->errcode;
    bar->refusals = bar->refusals << 1 | 1;
    if (stands_for_all(bar, id.kind, refusal->now))
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

static void pass_bar(struct gate *gate, struct bar *bar, const struct gate_passage *passage)
{
    if (passage->call_number <= bar->shut_at)
        return;
    if (bar->is_shut)
        open_slowly(gate, bar, passage->now);
    bar->refusals <<= 1;
    bar->has_passed = true;
    bar->passed_at = passage->now;
}

void gate_pass(struct gate *gate, enum wechat_call call, const struct gate_passage *passage)
{
    pass_bar(gate, &gate->configuration, passage);
    pass_bar(gate, &gate->quotas[call], passage);
    if (passage->token != gate->refused_token || passage->call_number <= gate->refused_call)
        return;
    gate->refused_token = 0;
    if (gate->component_token.is_shut && passage->call_number > gate->component_token.shut_at)
        bar_open(&gate->component_token);
}

void gate_abandon_probe(struct gate *gate, const struct job *job)
{
    for (size_t at = 0; at < BARS; at++) {
        struct bar *bar = gate_bar(gate, gate_bar_at(at));
        if (bar->probe == job)
            bar->probe = NULL;
    }
}

void gate_fail_probe(struct gates *gates, struct gate *gate, const struct job *job, ms_t now)
{
    for (size_t at = 0; at < BARS; at++) {
        struct bar_id id = gate_bar_at(at);
        struct bar *bar = gate_bar(gate, id);
        ms_t wait_ms = shut_ms(gates, id.kind);
        if (bar->probe != job)
            continue;
        bar->probe = NULL;
        bar->until = now + (wait_ms < GATE_PROBE_MS ? wait_ms : GATE_PROBE_MS);
    }
}
