/*
 * A handler: the meaning of one kind of event. Given what a job knows and what has come back, a
 * handler names the next step.
 *
 * This is the plug-in point of the worker: a further kind of event is a new file here and a row in
 * model/inputs.def, which says what else is needed. Handlers are pure: no clock, no library, no
 * Kafka. Time is a member of `struct work`. The engine carries the steps out and adds what holds
 * for every kind of event: order, retries, gates, and the announcement of a version that a write
 * would bury.
 *
 * Ownership: `struct work` belongs to the engine. Its views live as long as the job (input), until
 * the next row is read (row, component_token), until the next answer (answer), or until the next
 * answer to AUTHORIZER_INFO (reported_*).
 */
#pragma once

#include "base/time.h"
#include "model/change.h"
#include "model/dead.h"
#include "model/parked.h"
#include "model/wechat.h"

/* All that a handler knows of its job. */
struct work {
    struct input input; /* the engine sets the authorizer once an exchange has named it */
    struct origin origin;
    uint64_t writer;     /* of this process */
    ms_t late_effect_ms; /* how long WeChat is assumed to be able to act on a lost call */
    int64_t wall_ms;     /* now, unix time */
    int64_t sent_at_s;   /* unix time when the last request was handed over: lives count from it */
    int64_t first_seen_ms; /* unix time */
    int64_t parked_at_us;  /* by the database's clock; 0: the record comes from Kafka */

    /* The database's last reply. */
    struct authorizer row;
    struct str component_token; /* secret; empty: there is none */
    bool is_served;             /* another refresh of the authorizer is parked, and will call */

    /* WeChat's last answer. */
    enum wechat_call call; /* the call that it answered */
    struct answer answer;

    /* WeChat's last report: the last answer to AUTHORIZER_INFO. */
    struct str reported_refresh_token; /* secret */
    struct scopes reported_scopes;
    bool sends_reported; /* the last AUTHORIZER_TOKEN was sent with that token */
    uint32_t reports;    /* of another token than the one refused before */
    /* Of the row when inquiry.refused_token was refused: a later authorisation changes it. */
    int64_t refused_version;
    int64_t refused_at_ms; /* unix time; 0: not by this process */

    /* The debt of the job, and its write. */
    bool owes;              /* a call may have acted, and no row is known to hold its result */
    int64_t late_until_s;   /* unix time until when a lost call may still act; 0: none may */
    bool is_late_debt;      /* all is done but one more refresh after that */
    bool holds_token;       /* `answer` brought a token that the row is to hold */
    bool code_has_answered; /* so the code is not sent again */
    bool has_written;       /* `change` was handed to the database at least once */
    struct change change;   /* the last write */
    struct appid learned;   /* JOIN: the authorizer of the code */
    struct inquiry inquiry;
    bool lifetime_is_clamped; /* expires_in was absent or absurd; for the log */
};

/* The reason why more calls than the one just answered have to wait. */
enum obstacle {
    OBSTACLE_COMPONENT_TOKEN, /* all calls of the component, until it has another token */
    OBSTACLE_CONFIGURATION,   /* all calls of the component, until people have fixed it */
    OBSTACLE_QUOTA,           /* the component's calls of this kind, until WeChat grants more */
    OBSTACLE_THROTTLE,        /* all calls of the component, for a minute */
};

enum step_kind {
    STEP_LOAD,       /* read the row (again) */
    STEP_CALL,       /* call WeChat */
    STEP_JOIN,       /* enter the lane of the authorizer work->learned, then read its row */
    STEP_STORE,      /* write work->change */
    STEP_ANNOUNCE,   /* announce work->row, then done */
    STEP_DONE,       /* nothing (more) to do */
    STEP_RETRY,      /* back off, then read the row again */
    STEP_WAIT,       /* wait for wait_ms, then read the row again */
    STEP_OBSTRUCTED, /* not this job's fault: the engine shuts a gate, and the job waits at it */
    STEP_DEAD,       /* the record can never succeed */
};

/* How a job ended, for the log. */
enum outcome {
#define OUTCOME(name, word) OUTCOME_##name,
#include "handlers/outcomes.def"
#undef OUTCOME
};

struct step {
    enum step_kind kind;
    union {
        struct {
            enum wechat_call call;
            struct str secret; /* the code or refresh token to send; AUTHORIZER_INFO: empty */
        };
        enum outcome outcome; /* ANNOUNCE, DONE */
        struct {
            const char *why; /* RETRY, WAIT, DEAD: a constant, for the log or the message */
            ms_t wait_ms;    /* WAIT */
            bool steps_back; /* WAIT: the jobs after it in its lanes run first */
        };
    };
    bool is_withdrawal;      /* STORE: by WeChat's word alone, the account has withdrawn */
    enum dead_reason reason; /* DEAD */
    enum obstacle obstacle;  /* OBSTRUCTED */
};

struct handler {
    /* A refresh. While it waits in a lane, another job's refresh covers it; while it is parked, it
     * serves those that come later. */
    bool is_refresh;
    struct step (*on_start)(struct work *work); /* NULL: it reads its row */
    struct step (*on_row)(struct work *work);
    struct step (*on_answer)(struct work *work); /* NULL: it never calls */
};

/* Each row of inputs.def has a handler, in handlers/name.c. */
#define INPUT(KIND, name, topic, meaning) const struct handler *name##_handler(void);
#include "model/inputs.def"
#undef INPUT

/* Notes that only a call sent after this moment (unix ms) is surely WeChat's last. */
static inline void work_owe_until(struct work *work, int64_t wall_ms)
{
    int64_t until_s = wall_ms / MS_PER_S + 1;
    if (work->late_until_s < until_s)
        work->late_until_s = until_s;
}

/* Returns the handler of a kind of event. */
const struct handler *handler_of(enum input_kind kind);

/* Returns the handler of a late debt, which is the same for every kind of event. */
const struct handler *handler_of_late_debt(void);

/* Returns true if the answer shows that no bar stops calls of this kind: WeChat has looked at the
 * account or the code. */
bool handler_passes(const struct work *work);

/* Returns true if the answer says that the account has withdrawn. */
bool handler_says_withdrawn(const struct work *work);

/* Returns what an errcode means as the answer to a call, for the log. */
struct str handler_errcode_text(enum wechat_call call, int32_t errcode);

/* Returns the word of an outcome, for the log. */
struct str outcome_word(enum outcome outcome);
