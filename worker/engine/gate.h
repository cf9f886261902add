/*
 * The gate of a component: what holds its calls back, so that its jobs wait without using up tries.
 *
 * A gate has four kinds of bars:
 * - component token: shuts if the token that was refused is the one that the database still has.
 *   One job, the token watcher, reads the row again every GATE_WATCH_MS; another token opens the
 *   bar.
 * - configuration: shuts for all calls of the component.
 * - quota: shuts for the component's calls of one kind.
 * - throttle: shuts for all calls of the component, and opens when its minute is over.
 *
 * While one of the first three is shut, a single call, the probe, is let through now and then,
 * because WeChat's answer decides, not our memory.
 *
 * A refusal shuts the configuration or a quota only if it stands for the component. WeChat may
 * refuse a part of its calls: one of several addresses that we call from is not registered, or one
 * of WeChat's servers has old settings. So while other calls pass, the refused call is tried again
 * alone. A bar opens at a rate: a few calls in the first second, twice as many in each second after
 * that (the ramp).
 *
 * A gate exists while a job of its component does. Beyond that, the last GATES_IDLE_MAX gates are
 * kept, shut ones before others, so that a used-up quota is remembered. Calls are numbered from 1.
 * The answer to a call that was in flight when a bar shut does not change the bar, not even after
 * it has opened. (For the token, it is enough that the call was sent after the refused one.) A
 * token is known only by its hash.
 */
#pragma once

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/time.h"
#include "engine/fuse.h"
#include "handlers/handler.h"

enum {
    /* Tokens are renewed every two hours, so a second is short, and a read is cheap. */
    GATE_WATCH_MS = 1000,
    GATE_PROBE_MS = 30000,  /* until a refused token is probed */
    GATE_MINUTE_MS = 60000, /* the throttle's minute; also until a configuration is probed */
    GATE_RAMP_CALLS = 8,    /* in the first second after a bar has opened */
    GATE_RAMP_SECONDS = 10, /* after that there is no limit */
    /* A refusal shuts a bar if no call has passed for so long, or if of the last GATE_ANSWERS only
     * so many have passed. If a half is refused, that is no reason. */
    GATE_PASSED_MS = 15000,
    GATE_ANSWERS = 32,
    GATE_PASSES_MAX = 2,
    GATES_IDLE_MAX = 256,
};

enum { WECHAT_CALLS = CALL_AUTHORIZER_INFO + 1 };

/* Names a bar: its obstacle and, for a quota, the call that it holds back. */
struct bar_id {
    enum obstacle kind;
    enum wechat_call call;
};

/* The number of bars of a gate: two of the component, a quota for each call, and the throttle. */
enum { BARS = 2 + WECHAT_CALLS + 1 };

struct job;

struct bar {
    bool is_shut;
    ms_t until;              /* when the next probe is let through, or the throttle opens */
    const struct job *probe; /* the job that probes, in flight or about to be; NULL: none */
    uint64_t shut_at;        /* number of the last call that was handed over before it shut */
    int32_t errcode;         /* of the refusal that shut it */
    uint32_t refusals;       /* the last GATE_ANSWERS answers, the latest in bit 0; 1: refused */
    bool has_passed;         /* a call has passed it */
    ms_t passed_at;          /* when the last one did */
};

/* How many calls may pass after a bar has opened. */
struct ramp {
    bool is_limiting;
    ms_t since;
    ms_t second;    /* since then */
    uint32_t calls; /* in that second */
};

struct gate {
    struct table_entry entry;
    struct link in_all, in_idle;
    size_t job_count;          /* of this component, in the engine */
    uint64_t refused_token;    /* hash; 0: none was refused */
    uint64_t refused_call;     /* number of the call that was refused with it */
    struct job *token_watcher; /* while component_token is shut; NULL: no job waits at the gate */
    struct bar component_token, configuration, throttle;
    struct bar quotas[WECHAT_CALLS];
    struct ramp ramp;
    struct fuse fuse;
};

struct gates {
    struct table table;
    struct pool pool;
    struct list all;
    struct list idle;   /* without a job */
    uint64_t calls;     /* handed over so far */
    ms_t quota_wait_ms; /* how long a used-up quota is not probed */
};

struct gate_question {
    const struct job *job;
    enum wechat_call call;
    struct str component_token; /* as it was just read */
    ms_t now;
};

/* A refusal: of which call, with which errcode, and when. */
struct gate_refusal {
    uint64_t call_number;
    int32_t errcode;
    ms_t now;
};

/* A call that passed: which call, with which token, and when. */
struct gate_passage {
    uint64_t call_number, token;
    ms_t now;
};

/* Returns the hash by which a token is known; never 0. */
uint64_t gate_token_hash(struct str component_token);

/* gate_enter() counts one more job of the component, gate_leave() one fewer. */
struct gate *gate_enter(struct gates *gates, const struct appid *component);
void gate_leave(struct gates *gates, struct gate *gate);

/* Returns true if no call of the component may pass yet: a bar of all calls is shut, and it is not
 * time to probe it. */
bool gate_stops_all(const struct gate *gate, ms_t now);

/* A job wants to call. Returns true if it may; if not, *in_the_way is a shut bar. A bar whose
 * cause is gone opens. The bar of the token shuts if the token is the refused one, or if there is
 * none. */
bool gate_ask(struct gates *gates, struct gate *gate, struct bar_id *in_the_way,
              const struct gate_question *question);

struct bar *gate_bar(struct gate *gate, struct bar_id id);

/* Returns the bar with index `at`, which is below BARS. */
struct bar_id gate_bar_at(size_t at);

/* Returns the shut bars as bits: bit `at` stands for gate_bar_at(at). A caller that changes
 * something compares the bits before and after. */
unsigned gate_shut_bars(struct gate *gate);

/* A call was refused for this reason. The bar shuts, or its probe has failed, unless other calls
 * pass. */
void gate_refuse(struct gates *gates, struct gate *gate, struct bar_id id,
                 const struct gate_refusal *refusal);

/* A call was refused with this token. Whether the bar shuts is decided by the next gate_ask(),
 * which has the current token. If a call that was sent later passes with the same token, the
 * refusal is forgotten: WeChat has refused the token by mistake. */
void gate_refuse_token(struct gate *gate, uint64_t token, const struct gate_refusal *refusal);

/* A call of this kind passed: no bar of the gate stops calls like it. */
void gate_pass(struct gate *gate, enum wechat_call call, const struct gate_passage *passage);

/* The job's probe, if it had one, was not made: another job may probe at once. */
void gate_abandon_probe(struct gate *gate, const struct job *job);

/* The job's probe, if it had one, has shown nothing. The next one is let through in half a minute,
 * or when it would be after a refusal, if that is sooner. */
void gate_fail_probe(struct gates *gates, struct gate *gate, const struct job *job, ms_t now);

static inline struct str gate_component(const struct gate *gate)
{
    return (struct str){.at = gate->entry.key, .len = gate->entry.key_len};
}
