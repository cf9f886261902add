/*
 * A job: one record on its way from intake to its outcome.
 *
 * It stands on exactly one list, its state; job_states.def says which moves there are, and only job_move() moves. It owns
 * the bytes its views point into, so nothing else has to outlive it but the record, which the loop lends.
 * Ownership: a slot of the engine's pool. Limits: the arenas' sizes, which hold the largest row and answer we take.
 */
#pragma once

#include "base/arena.h"
#include "base/heap.h"
#include "engine/frontier.h"
#include "engine/gate.h"
#include "engine/lane.h"
#include "handlers/handler.h"
#include "model/record.h"

enum job_state {
#define STATE(NAME, allowed) JOB_##NAME,
#include "engine/job_states.def"
#undef STATE
    JOB_STATE_COUNT
};

/* What a job that publishes publishes. */
enum publication {
    PUBLISH_OWN,         /* the version it wrote; then it has ended */
    PUBLISH_BURIED,      /* the version its write will bury; then it goes on */
    PUBLISH_DEAD_LETTER, /* its record; then it has ended */
};

struct partition;

struct job {
    enum job_state state;
    struct link in_state;
    struct timer timer; /* BACKOFF; GATED: the scout's */

    struct partition *partition; /* NULL: of none */
    struct frontier_entry place; /* in the partition's frontier */
    struct lane_member lanes[LANES_PER_JOB];
    size_t lane_count;
    struct gate *gate; /* NULL where the component is not known */

    struct record *record;         /* lent by the loop */
    const struct handler *handler; /* NULL: the record could not be decoded */
    struct work work;
    struct step next; /* BACKOFF, PUBLISH_BURIED, TO_CALL: what comes then */

    enum job_state resume; /* BACKOFF: where it leads */
    enum publication publication;
    enum outcome outcome; /* of a job that ends, or will when its announcement is acknowledged */
    struct dead dead;     /* PUBLISH_DEAD_LETTER */
    const char *why;      /* BACKOFF: a constant for the log */

    ms_t first_seen;
    uint32_t tries;            /* failed ones */
    uint32_t calls;            /* requests handed over */
    int64_t announced_version; /* the version it announced last; VERSION_ABSENT: none */
    uint64_t component_token;  /* hash of the one the last call was made with */
    uint64_t refused_token; /* hash of the one it was refused with, until it has waited; 0: none */
    bool has_stored;        /* not to be dropped before its announcement is acknowledged */
    bool is_dropped;        /* to end when the adapter gives it back */
    bool is_truncated;      /* the dead letter goes without its value */

    struct arena input_bytes, row_bytes, answer_bytes, told_bytes;
};

/* What the arenas of one job take together. */
size_t job_arena_bytes(void);

/* An empty job in `slot`, its arenas in `bytes` (job_arena_bytes() of them). */
void job_init(struct job *job, char *bytes);

/* Whether a call of its own may have acted without the row being known to hold what came of it, or it has stored: such a
 * job is worked to its end, wherever its partition went. */
bool job_is_bound(const struct job *job);

/* Whether it heads all of its lanes. */
bool job_may_run(const struct job *job);

bool job_state_allows(enum job_state from, enum job_state to);
