/*
 * A component's gate: shut while the component's access token is refused, so that its jobs wait without using up tries.
 *
 * It shuts when the token that was refused is the one the database still has. While it is shut one job, the scout, reads
 * the component's token again every GATE_WATCH_MS; another token opens the gate, and now and then the scout calls with
 * the refused one all the same, because WeChat's answer decides, not our memory. A gate exists while a job of its
 * component does. Tokens are known by their hash only.
 */
#pragma once

#include "base/pool.h"
#include "base/table.h"
#include "base/time.h"
#include "model/appid.h"

enum {
    GATE_WATCH_MS = 1000, /* tokens are renewed every two hours: a second is little, a read cheap */
    GATE_PROBE_MS = 30000, /* a call with a token that was refused */
};

struct job;

struct gate {
    struct table_entry entry;
    size_t job_count; /* of this component, in the engine */
    bool is_shut;
    uint64_t refused_token; /* hash; 0: none was refused */
    ms_t probe_at;
    struct job *scout; /* while shut; NULL where no job stands at the gate */
};

struct gates {
    struct table table;
    struct pool pool;
};

enum gate_verdict {
    GATE_PASS, /* call */
    GATE_WAIT, /* stand at the gate */
};

/* The hash a token is known by; never 0. */
uint64_t gate_token_hash(struct str component_token);

/* One more, one fewer job of the component. */
struct gate *gate_enter(struct gates *gates, const struct appid *component);
void gate_leave(struct gates *gates, struct gate *gate);

/* A call with this token was refused. While the gate is shut that changes nothing: it may be an older token's echo. */
void gate_refuse(struct gate *gate, uint64_t token);

/* A job that has just read this token wants to call. Opens the gate for another token; shuts it for the refused one,
 * unless `job` is the scout and it is time for a probe. An empty token is never called with. */
enum gate_verdict gate_ask(struct gate *gate, const struct job *job, struct str component_token,
                           ms_t now);

/* A call with this token brought an answer that was not its refusal. */
void gate_accept(struct gate *gate, uint64_t token);

static inline struct str gate_component(const struct gate *gate)
{
    return (struct str){.at = gate->entry.key, .len = gate->entry.key_len};
}
