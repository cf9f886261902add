/*
 * The events of the engine: one at a time, with the time as a member.
 *
 * An effect comes back as one event with an outcome. The job knows its state, so the outcome does
 * not name the effect. The data that an event points to is borrowed for the call. Only a record is
 * lent until its job has been released.
 */
#pragma once

#include "engine/engine.h"

enum event_kind {
    EVENT_TICK,     /* time has passed */
    EVENT_RECORD,   /* a record was taken from Kafka, or a parked one was claimed */
    EVENT_RETURNED, /* an effect has come back */
    /* A partition, or (NULL) the process, is about to go: finish what is in flight, park or return
     * the rest. */
    EVENT_DRAIN,
    /* The process ends now: park each job that cannot be returned, whatever it waits for. Only the
     * database still answers. */
    EVENT_DEADLINE,
    EVENT_GONE, /* a partition is gone: drop its jobs, except those that are bound */
};

/* The outcome of an effect, with the effects that can have it. */
enum returned_outcome {
    RETURNED_DONE,      /* all: it happened; CALL: the result is in `answer` */
    RETURNED_UNSENT,    /* LOAD, STORE, PUBLISH, PARK, UNPARK: it did not happen, and is repeated */
    RETURNED_UNKNOWN,   /* STORE, PARK, UNPARK: it may have happened, and is repeated as it was */
    RETURNED_BROKEN,    /* LOAD, STORE, PUBLISH, PARK, UNPARK: it failed for this job alone */
    RETURNED_STALE,     /* STORE: the row does not have the version that the change is based on */
    RETURNED_TOO_LARGE, /* PUBLISH: the message is too large */
};

struct returned {
    enum returned_outcome outcome;
    union { /* DONE */
        struct {
            const struct authorizer *row; /* its version may be VERSION_ABSENT */
            struct str component_token;
            bool is_parked; /* the job's record is in wxtoken.parked; asked if job_asks_parked() */
            /* Another refresh of the authorizer is; asked if job_asks_served(). Of two that were
             * both claimed, only the one with the smaller origin serves the other. */
            bool is_served;
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
            struct partition *partition; /* NULL: the record was parked */
            const struct parked *parked; /* NULL: the record comes from Kafka */
            struct record *record;
            const struct input *input; /* NULL: the record could not be decoded, see dead */
            const struct dead *dead;
        } record;
        struct returned returned;
        struct partition *partition; /* DRAIN (NULL: the jobs of no partition), GONE */
    };
};

/* Carries out one event. */
void engine_step(struct engine *engine, const struct event *event);
