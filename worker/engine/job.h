/*
 * A job: one record on its way from intake to its outcome.
 *
 * A job is on exactly one list, its state. job_states.def has the allowed moves, and only
 * job_move() and job_wait() make them. A job owns the bytes that its views point into, so only the
 * record, which the loop lends, has to outlive it. Ownership: a slot of the engine's pool. Limits:
 * the sizes of the arenas, which hold the largest row and answer that we accept.
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

/* The message that a job publishes. */
enum publication {
    PUBLISH_OWN,         /* the version of its row; then the job ends */
    PUBLISH_BURIED,      /* the version that its write will bury; then the job continues */
    PUBLISH_DEAD_LETTER, /* its record; then the job ends */
};

enum { JOB_NOT_GATED = -1 };

struct partition;

struct job {
    enum job_state state;
    struct link in_state;
    struct link in_claimed; /* if its record was claimed */
    struct timer timer;     /* BACKOFF, GATED */
    struct timer by_length; /* BACKOFF, GATED, if it may be parked: -waits_until */
    ms_t waits_until;       /* BACKOFF, GATED: when the wait may be over; TO_PARK: when it is due */

    struct partition *partition; /* NULL: the record was parked */
    struct frontier_entry place; /* in the partition's frontier */
    struct lane_member lanes[LANES_PER_JOB];
    size_t lane_count;
    struct gate *gate; /* NULL: the component is not known, or the job has left */

    struct record *record;         /* lent by the loop */
    const struct handler *handler; /* NULL: the record could not be decoded */
    struct work work;
    struct step next; /* BACKOFF, PUBLISH_BURIED, TO_CALL: the step that comes then */

    enum job_state resume; /* BACKOFF: the state after it */
    enum publication publication;
    enum outcome outcome; /* how it ended, or ends when its announcement is acknowledged */
    struct dead dead;     /* PUBLISH_DEAD_LETTER */
    const char *why;      /* BACKOFF, GATED, TO_PARK: a constant for the log and the table */

    struct parked parked;      /* PARKING: what is written */
    int64_t revision;          /* of its row in wxtoken.parked, if it was claimed; else 0 */
    int64_t failing_since_ms;  /* unix time; 0: no try has failed, or a gate has held it up since */
    int64_t doubted_since_ms;  /* unix time; WeChat's word is not believed since; 0: it is */
    ms_t taken_at;             /* when it was taken into the engine */
    ms_t gated_since;          /* since when it waits at its gate, looks included; JOB_NOT_GATED */
    uint32_t tries;            /* that have failed */
    uint32_t calls;            /* requests that were handed over */
    int64_t announced_version; /* the version that it announced last; VERSION_ABSENT: none */
    uint64_t call_number;      /* of its last call, among all calls */
    uint64_t component_token;  /* hash of the token of its last call */
    uint64_t refused_token;    /* hash of the token refused to it, until it has waited; 0: none */
    bool has_read;             /* its row, and so what an earlier job of its record has left */
    bool has_stored;           /* it must not be dropped before its announcement is acknowledged */
    bool has_updated;          /* it has stored and announced, and is parked as a late debt */
    bool is_dropped;           /* it ends when the adapter returns it */
    bool is_truncated;         /* the dead letter is sent without its value */
    bool is_unparkable;        /* the database refused to park it; until it has waited, or begun */

    struct arena input_bytes, row_bytes, answer_bytes, reported_bytes;
};

/* Returns how many bytes the arenas of one job take together. */
size_t job_arena_bytes(void);

/* Makes an empty job in *job, with its arenas in `bytes` (job_arena_bytes() of them). */
void job_init(struct job *job, char *bytes);

/* Returns true if a call of the job may have acted and no row is known to hold its result, if the
 * job is a late debt, or if it has stored. A bound job is worked to its end, whatever happens to
 * its partition. */
bool job_is_bound(const struct job *job);

/* Returns true if the job may be parked. A job that has stored must announce the version itself. */
bool job_may_be_parked(const struct job *job);

/* Returns true if the record may be in wxtoken.parked without the job knowing: the record comes
 * from Kafka, and the job has sent nothing. */
bool job_asks_parked(const struct job *job);

/* Returns true if the job need not call while another refresh of its authorizer is parked. */
bool job_asks_served(const struct job *job);

/* Writes what the job knows to job->parked, for the process that claims it; and reads it back. */
void job_save(struct job *job);
void job_restore(struct job *job, const struct parked *parked);

/* All that the job still has to do is one refresh after work.late_until_s. */
void job_become_late_debt(struct job *job);

/* Returns true if the job has headed all of its lanes once. */
bool job_has_begun(const struct job *job);

/* Returns true if the job heads all of its lanes. */
bool job_may_run(const struct job *job);

bool job_state_allows(enum job_state from, enum job_state to);

/* Returns true if what job_states.def says of the job's state holds. */
bool job_keeps_invariant(const struct job *job);
