/*
 * What happens to the engine: one event at a time, with the time as its member.
 *
 * An effect comes back as one event with an outcome; the job knows its state, so the outcome needs no effect's name. What
 * an event points to is borrowed for the call, except the record, which is lent until its job has been released.
 */
#pragma once

#include "engine/engine.h"

enum event_kind {
    EVENT_TICK,     /* time has passed */
    EVENT_RECORD,   /* a record was taken from Kafka, or a parked one was claimed */
    EVENT_RETURNED, /* an effect has come back */
    EVENT_DRAIN, /* a partition, or (NULL) the process, is about to go: finish what is in flight, park or return the wait_or_park */
    EVENT_DEADLINE, /* the process ends now: park what owes or has stored, whatever it waits for; only the database still answers */
    EVENT_GONE,     /* a partition is gone: drop its jobs, except those that are bound */
};

/* What came of an effect. Which of them an effect can have is said next to it. */
enum returned_outcome {
    RETURNED_DONE, /* all: it happened. CALL: whatever came of it is in `answer` */
    RETURNED_UNSENT, /* LOAD, STORE, PUBLISH, PARK, UNPARK: it surely did not happen; it is repeated */
    RETURNED_UNKNOWN, /* STORE, PARK, UNPARK: it may have happened; it is repeated as it was */
    RETURNED_BROKEN, /* LOAD, STORE, PUBLISH, PARK, UNPARK: not for this job, others are unharmed */
    RETURNED_STALE,  /* STORE: the row has another version than the change is based on */
    RETURNED_TOO_LARGE, /* PUBLISH: not in this size */
};

struct returned {
    enum returned_outcome outcome;
    union { /* DONE */
        struct {
            const struct authorizer *row; /* or that there is none */
            struct str component_token;
            bool is_parked; /* the job's record is in the table; asked if job_asks_parked */
        } load;
        const struct answer *answer; /* CALL */
        struct {
            int64_t version;
            int64_t updated_at_us;
        } store;
    };
};

struct event {
    enum event_kind kind;
    ms_t now;
    int64_t wall_ms;
    struct job *job; /* RETURNED */
    union {
        struct {
            struct partition *partition; /* NULL: it was parked */
            const struct parked *parked; /* NULL: it comes from Kafka */
            struct record *record;
            const struct input *input; /* NULL: it could not be decoded, see dead */
            const struct dead *dead;
        } record;
        struct returned returned;
        struct partition *partition; /* DRAIN (NULL: jobs of no partition), GONE */
    };
};

/* Something has happened. */
void engine_step(struct engine *engine, const struct event *event);
