/*
 * A component's gate: what keeps its calls back, so that its jobs wait without using up tries.
 *
 * A gate has bars. The component token's shuts when the token that was refused is the one the database still has; one job,
 * the token_watcher, reads the row again every GATE_WATCH_MS, and another token opens it. The configuration's shuts for all of the
 * component's calls, a quota's for its calls of one kind. While one of these is shut a single call, the probe, goes
 * through now and then, because WeChat's answer decides, not our memory. The throttle's is one for all components and opens
 * when its minute is over.
 *
 * A gate exists while a job of its component does, and the last GATES_IDLE_MAX that are shut beyond that, so that a
 * quota used up is remembered. Calls are numbered from 1: what one that was under way when a bar shut brings back changes
 * nothing, neither then nor after the bar has opened. (For the token it is enough to have been sent after the refused one.)
 * Tokens are known by their hash only.
 */
#pragma once

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/time.h"
#include "handlers/handler.h"

enum {
    GATE_WATCH_MS = 1000, /* tokens are renewed every two hours: a second is little, a read cheap */
    GATE_PROBE_MS = 30000, /* a call with a token that was refused */
    GATE_MINUTE_MS =
        60000, /* the throttle; and a call to see whether people have mended a configuration */
    GATES_IDLE_MAX = 256,
};

enum { WECHAT_CALLS = CALL_AUTHORIZER_INFO + 1 };

/* Which bar: what it stands for and, for a quota's, the call that it holds back. */
struct bar_id {
    enum obstacle kind;
    enum wechat_call call;
};

/* How many a call may meet at a gate: the two of the component, a quota's for each call, the throttle's. */
enum { BARS = 2 + WECHAT_CALLS + 1 };

struct job;

struct bar {
    bool is_shut;
    ms_t until;              /* the next probe goes then, the throttle's opens */
    const struct job *probe; /* its call is under way, or about to be; NULL: nobody's */
    uint64_t shut_at;        /* the number of the last call handed over before */
    int32_t errcode;         /* that shut it */
};

struct gate {
    struct table_entry entry;
    struct link in_idle;
    size_t job_count;       /* of this component, in the engine */
    uint64_t refused_token; /* hash; 0: none was refused */
    uint64_t refused_call;  /* number of the call it was refused to */
    struct job *
        token_watcher; /* while the component token's bar is shut; NULL where no job stands at the gate */
    struct bar component_token, configuration;
    struct bar quotas[WECHAT_CALLS];
};

struct gates {
    struct table table;
    struct pool pool;
    struct list idle; /* shut, and without a job */
    struct bar throttle;
    uint64_t calls;     /* handed over so far */
    ms_t quota_wait_ms; /* until such calls are probed again */
};

struct gate_question {
    const struct job *job;
    enum wechat_call call;
    struct str component_token; /* as it has just been read */
    ms_t now;
};

/* What a call was refused with, and when. */
struct gate_refusal {
    uint64_t call_number;
    int32_t errcode;
    ms_t now;
};

/* The hash a token is known by; never 0. */
uint64_t gate_token_hash(struct str component_token);

/* One more, one fewer job of the component. */
struct gate *gate_enter(struct gates *gates, const struct appid *component);
void gate_leave(struct gates *gates, struct gate *gate);

/* A job wants to call. True: it may. False: *in_the_way is a shut bar. A bar whose cause is gone opens; if the token is the
 * refused one, or none, its bar shuts. */
bool gate_ask(struct gates *gates, struct gate *gate, struct bar_id *in_the_way,
              const struct gate_question *question);

struct bar *gate_bar(struct gates *gates, struct gate *gate, struct bar_id id);

/* The bars one after the other: `at` is below BARS. */
struct bar_id gate_bar_at(size_t at);

/* Which bars are shut: the bit `at` is of gate_bar_at(at). Who changes something compares before and after. */
unsigned gate_shut_bars(struct gates *gates, struct gate *gate);

/* A call was refused for this reason: the bar shuts, or its probe has failed. */
void gate_refuse(struct gates *gates, struct gate *gate, struct bar_id id,
                 const struct gate_refusal *refusal);

/* A call was refused with this token; whether the bar shuts tells the next gate_ask, which has the token of now. A call that
 * was sent later and gets through with the same token clears it: WeChat has refused it by mistake. */
void gate_refuse_token(struct gate *gate, uint64_t token, const struct gate_refusal *refusal);

/* A call of this kind, with this token, got through: nothing is in the way of its like. */
void gate_pass(struct gate *gate, enum wechat_call call, uint64_t token, uint64_t call_number);

/* The job's probe, if it had one, was not made: another may go at once. */
void gate_abandon_probe(struct gates *gates, struct gate *gate, const struct job *job);

/* The job's probe, if it had one, has shown nothing: the next goes in half a minute, or when it would after a refusal. */
void gate_fail_probe(struct gates *gates, struct gate *gate, const struct job *job, ms_t now);

static inline struct str gate_component(const struct gate *gate)
{
    return (struct str){.at = gate->entry.key, .len = gate->entry.key_len};
}
