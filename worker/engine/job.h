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
#include "model/parked.h"
#include "model/record.h"

enum job_state {
#define STATE(NAME, allowed, invariant) JOB_##NAME,
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

enum { JOB_NOT_GATED = -1 };

struct partition;

struct job {
    enum job_state state;
    struct link in_state;
    struct link in_claimed; /* where it comes from the table of parked records */
    struct timer timer;     /* BACKOFF, GATED */
    ms_t
        waits_until; /* BACKOFF, GATED: what is waited for may have come by then; TO_PARK: when to take it again */

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
    const char *why;      /* BACKOFF, TO_PARK: a constant for the log and the table */

    struct parked parked; /* PARKING: what is written */
    int64_t revision;     /* of its row in wxtoken.parked, if it was taken from there; else 0 */
    int64_t
        failing_since_ms; /* unix time; 0: nothing of its own has failed, or a gate held it up since */
    ms_t taken_at;        /* into the engine */
    ms_t gated_since;     /* it stands at its gate, and looks at it, since; JOB_NOT_GATED */
    uint32_t tries;       /* failed ones */
    uint32_t calls;       /* requests handed over */
    int64_t announced_version; /* the version it announced last; VERSION_ABSENT: none */
    uint64_t call_number;      /* of the last call, among all */
    uint64_t component_token;  /* hash of the one the last call was made with */
    uint64_t refused_token; /* hash of the one it was refused with, until it has waited; 0: none */
    bool has_read; /* its row, at least once: what an earlier job of its record has left is seen */
    bool has_stored;   /* not to be dropped before its announcement is acknowledged */
    bool is_dropped;   /* to end when the adapter gives it back */
    bool is_truncated; /* the dead letter goes without its value */
    bool
        is_unparkable; /* the database has just refused to take it in; until it has waited, or begun */

    struct arena input_bytes, row_bytes, answer_bytes, reported_bytes;
};

/* What the arenas of one job take together. */
size_t job_arena_bytes(void);

/* An empty job in `slot`, its arenas in `bytes` (job_arena_bytes() of them). */
void job_init(struct job *job, char *bytes);

/* Whether a call of its own may have acted without the row being known to hold what came of it, or it has stored: such a
 * job is worked to its end, wherever its partition went. */
bool job_is_bound(const struct job *job);

/* Whether it may be laid aside: what it has stored it has to announce itself. */
bool job_may_be_parked(const struct job *job);

/* Whether its record may be in the table without its knowing: it comes from Kafka and has sent nothing. */
bool job_asks_parked(const struct job *job);

/* Writes what the job knows to job->parked, for whoever claims it; and reads it back. */
void job_save(struct job *job);
void job_restore(struct job *job, const struct parked *parked);

/* Whether it has come to head all of its lanes once. */
bool job_has_begun(const struct job *job);

/* Whether it heads all of its lanes. */
bool job_may_run(const struct job *job);

bool job_state_allows(enum job_state from, enum job_state to);

/* What job_states.def says holds in the job's state. */
bool job_keeps_invariant(const struct job *job);
