/*
 * The inside of the loop, shared by its files: loop.c waits, step.c steps the engine, assignments.c
 * answers rebalances, intake.c takes records in, replies.c brings back what the adapters have,
 * due.c claims parked records that are due, effects.c hands out what the engine wants, narrate.c
 * writes the log lines, health.c answers /readyz, and wiring.c turns the settings into those of the
 * adapters.
 *
 * Private to loop/. See loop.h for ownership and errors.
 */
#pragma once

#include "engine/events.h"
#include "io/admin.h"
#include "io/http/http.h"
#include "io/kafka/kafka.h"
#include "io/postgres/postgres.h"
#include "loop/loop.h"
#include "loop/wiring.h"

enum { LOOP_BATCH = 256 }; /* how much is taken from an adapter at a time */

/* One assignment of one partition. Freed once the partition has gone and its last job has left. */
struct assignment {
    struct link in_assignments;
    struct partition partition;
    struct kafka_partition id;
    int64_t stored;  /* the offset last handed to Kafka; FRONTIER_NONE: none */
    bool is_revoked; /* the partition goes as soon as it is drained */
};

/* What the loop listens to in each phase, and until when. */
enum loop_phase {
    /* Listens to everything, until a signal comes. */
    LOOP_WORKING,
    /* After a signal: takes no new records, but listens to everything else, until all jobs have
     * ended or time runs out. */
    LOOP_DRAINING,
    /* After time ran out: parks what is left and listens only to the database and to signals, until
     * that is done. */
    LOOP_ABANDONING,
    /* After a second signal: listens to nothing, because the process ends at once. */
    LOOP_ENDING,
};

struct loop {
    const struct settings *settings;
    struct log *log;

    struct engine engine;
    void *memory; /* the engine's */
    size_t memory_bytes;

    struct kafka *kafka;
    struct http *http;
    struct postgres *postgres;
    struct admin *admin; /* NULL: admin.listen is empty */
    ms_t admin_next;     /* when admin_run is due, if nothing happens before */
    int epoll_fd, signal_fd;

    ms_t now;        /* monotonic time of this loop_once */
    int64_t wall_ms; /* unix time of this loop_once */
    enum loop_phase phase;
    ms_t phase_end; /* DRAINING, ABANDONING: when time runs out */

    struct {
        struct str input, dead_letters;
    } topics[INPUT_KINDS];

    struct list assignments;

    /* The KAFKA_REVOKE that is being drained. */
    struct {
        bool is_under_way;
        ms_t end;
    } revoke;

    /* Kafka's client cannot go on: the loop ends with this error. */
    struct {
        bool has_happened;
        struct err err;
    } breakdown;

    /* The claim of parked records that are due: how many were asked for, how many came. */
    struct {
        bool is_asked;
        size_t asked, claimed;
        ms_t next; /* when to ask again */
    } due;

    /* What the log said last, because only changes are worth a line. */
    struct {
        bool is_connected; /* the database */
        bool is_producer_full;
    } seen;

    size_t last_effect; /* the one that the database was given last */
};

/* step.c: gives the engine an event, with the present time. */
void loop_step(struct loop *loop, struct event event);

/* assignments.c */
void loop_take_control(struct loop *loop);
void loop_store_offsets(struct loop *loop);
void loop_drain_all(struct loop *loop);
void loop_finish_revoke(struct loop *loop);
void loop_free_assignments(struct loop *loop);

/* Returns the present assignment of a partition, or NULL. */
struct assignment *loop_find_assignment(const struct loop *loop, struct kafka_partition id);

/* Starts a partition again: drops the jobs of the old assignment, except those that are bound, and
 * returns a new one. */
struct assignment *loop_replace_assignment(struct loop *loop, struct assignment *assignment);

/* intake.c */
void loop_take_records(struct loop *loop);

/* Decodes a record and gives it to the engine. Either `partition` or `parked` is NULL, see struct
 * event. */
void loop_start_job(struct loop *loop, struct partition *partition, struct record *record,
                    const struct parked *parked);

/* replies.c */
void loop_take_rows(struct loop *loop);
void loop_take_answers(struct loop *loop);
void loop_take_reports(struct loop *loop);
void loop_release_ended(struct loop *loop);

/* due.c */
void loop_claim_due(struct loop *loop);
void loop_take_claimed(struct loop *loop, const struct postgres_reply *reply);
void loop_end_claiming(struct loop *loop);

/* effects.c */
void loop_send_batch(struct loop *loop);
void loop_send_calls(struct loop *loop);
void loop_send_messages(struct loop *loop);

/* health.c: writes the body of /readyz; `context` is the loop. */
bool loop_is_ready(void *context, struct text *body);

/* WeChat's last refusal of a job: that of its last call, or that of the call which led to the
 * inquiry. errcode 0: none. */
struct refusal {
    int32_t errcode;
    struct str rid;
};

/* narrate.c */
struct refusal loop_refusal_of(const struct job *job);
void loop_log_answer(struct loop *loop, const struct job *job, const struct answer *answer);
void loop_log_end(struct loop *loop, const struct job *job);
void loop_log_trouble(struct loop *loop, const struct job *job, const char *msg,
                      const char *detail);
void loop_log_gate_events(struct loop *loop);
void loop_log_connection(struct loop *loop);
void loop_log_producer_full(struct loop *loop);
void loop_log_producer_room(struct loop *loop);
