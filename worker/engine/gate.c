#include "engine/gate.h"

#include <assert.h>

#include "base/hash.h"

uint64_t gate_token_hash(struct str component_token)
{
    uint64_t hash = hash_bytes(component_token);
    return hash ? hash : 1;
}

struct gate *gate_enter(struct gates *gates, const struct appid *component)
{
    struct table_entry *entry = table_find(&gates->table, appid_str(component));
    struct gate *gate = entry ? CONTAINER(entry, struct gate, entry) : NULL;
    if (!gate) {
        gate = pool_take(&gates->pool);
        assert(gate != NULL); /* there is one for each job */
        *gate = (struct gate){0};
        table_add(&gates->table, &gate->entry, appid_str(component));
    }
    gate->job_count++;
    return gate;
}

void gate_leave(struct gates *gates, struct gate *gate)
{
    if (--gate->job_count)
        return;
    table_remove(&gates->table, &gate->entry);
    pool_give(&gates->pool, gate);
}

void gate_refuse(struct gate *gate, uint64_t token)
{
    if (!gate->is_shut)
        gate->refused_token = token;
}

enum gate_verdict gate_ask(struct gate *gate, const struct job *job, struct str component_token,
                           ms_t now)
{
    uint64_t token = gate_token_hash(component_token);
    bool is_missing = str_is_empty(component_token);
    if (!is_missing && token != gate->refused_token) {
        gate->is_shut = false;
        return GATE_PASS;
    }
    if (gate->is_shut && !is_missing && gate->scout == job && now >= gate->probe_at) {
        gate->probe_at = now + GATE_PROBE_MS;
        return GATE_PASS;
    }
    if (!gate->is_shut)
        gate->probe_at = now + GATE_PROBE_MS;
    gate->is_shut = true;
    gate->refused_token = token;
    return GATE_WAIT;
}

void gate_accept(struct gate *gate, uint64_t token)
{
    if (token != gate->refused_token)
        return;
    gate->is_shut = false;
    gate->refused_token = 0;
}
