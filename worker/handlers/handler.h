/*
 * What one kind of event means: given what a job knows and what has come back, a handler names the next step.
 *
 * This is the plug of the worker: a third kind of event is one new file here and one row in model/inputs.def. Handlers are
 * pure: no clock, no library, no Kafka; time is a member of `struct work`. The engine carries the steps out, and adds by
 * itself what holds for every kind: order, retries, gates, and the announcement of a version that a write would bury.
 *
 * Ownership: `struct work` belongs to the engine; its views live as long as the job (input), until the next row is read
 * (row, component_token), until the next answer (answer) or until the next answer of AUTHORIZER_INFO (reported_*).
 */
#pragma once

#include "base/time.h"
#include "model/change.h"
#include "model/dead.h"
#include "model/parked.h"
#include "model/wechat.h"

/* What a handler knows of its job. */
struct work {
    struct input input; /* authorizer: set by the engine once an exchange has told it */
    struct origin origin;
    uint64_t writer;       /* this process */
    int64_t wall_ms;       /* now, unix time */
    int64_t sent_at_s;     /* the last request was handed over, unix time: lives count from it */
    int64_t first_seen_ms; /* unix time */
    int64_t parked_at_us;  /* by the database's clock; 0: the record comes from Kafka */

    /* What the database said last. */
    struct authorizer row;
    struct str component_token; /* secret; empty: there is none */

    /* What WeChat said last. */
    enum wechat_call call; /* what it was asked */
    struct answer answer;

    /* What WeChat reported of the account, as the last AUTHORIZER_INFO was answered. */
    struct str reported_refresh_token; /* secret */
    struct scopes reported_scopes;
    bool sends_reported; /* the last AUTHORIZER_TOKEN went with that token */
    uint32_t reports;    /* of tokens other than the one refused before */
    int64_t
        refused_version; /* of the row on which inquiry.refused_token was refused: a later authorisation changes it */
    int64_t refused_at_ms; /* unix time; 0: not by this process */

    /* What is owed. */
    bool owes; /* a call of ours may have acted, and no row is known to hold what came of it */
    bool holds_token;       /* `answer` brought a token that the row shall hold */
    bool code_has_answered; /* so the code is not sent again */
    bool has_written;       /* `change` was handed to the database at least once */
    struct change change;   /* the last write */
    struct appid learned;   /* JOIN: whose code it was */
    struct inquiry inquiry;
    bool lifetime_is_clamped; /* expires_in was absent or absurd: for the log */
};

/* What stands in the way of more calls than the one just answered. */
enum obstacle {
    OBSTACLE_COMPONENT_TOKEN, /* all of the component, until it has another token */
    OBSTACLE_CONFIGURATION,   /* all of the component, until people have mended it */
    OBSTACLE_QUOTA,           /* such calls of the component, until WeChat grants more */
    OBSTACLE_THROTTLE,        /* all, for a minute */
};

enum step_kind {
    STEP_LOAD,       /* read the row (again) */
    STEP_CALL,       /* call WeChat */
    STEP_JOIN,       /* work->learned is the authorizer: stand in its lane, then read its row */
    STEP_STORE,      /* write work->change */
    STEP_ANNOUNCE,   /* announce work->row, then done */
    STEP_DONE,       /* nothing (more) to do */
    STEP_RETRY,      /* back off, then read the row again */
    STEP_WAIT,       /* wait for so long, then read the row again */
    STEP_OBSTRUCTED, /* not this job's fault: the engine shuts a gate, and the job waits at it */
    STEP_DEAD,       /* never to succeed */
};

/* How a job ended, for counters and log. */
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
            bool steps_back; /* WAIT: those behind it in its lanes go first */
        };
    };
    enum dead_reason reason; /* DEAD */
    enum obstacle obstacle;  /* OBSTRUCTED */
};

struct handler {
    bool is_covered_by_refresh; /* while waiting: another job's refresh does for it */
    struct step (*on_start)(struct work *work);
    struct step (*on_row)(struct work *work);
    struct step (*on_answer)(struct work *work);
};

/* Each row of inputs.def has a handler: handlers/name.c. */
#define INPUT(KIND, name, topic, meaning) const struct handler *name##_handler(void);
#include "model/inputs.def"
#undef INPUT

/* The handler of a kind of event. */
const struct handler *handler_of(enum input_kind kind);

/* Returns true if the answer shows that nothing stands in the way of such calls: WeChat has looked at the account or the
 * code. */
bool handler_passes(const struct work *work);

/* What an errcode means as the answer to a call, for the log. */
struct str handler_errcode_text(enum wechat_call call, int32_t errcode);

/* The word of an outcome, for the log. */
struct str outcome_word(enum outcome outcome);
