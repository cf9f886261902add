/*
 * The loop's inside, shared by its files: loop.c waits, assignments.c answers rebalances and takes records in, replies.c
 * brings back what adapters have, due.c takes parked records that are due, effects.c hands out what the engine wants,
 * narrate.c words it.
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

enum { LOOP_BATCH = 256 }; /* what is taken from an adapter at a time */

/* One assignment of one partition; freed once it has gone and its last job has left. */
struct assignment {
    struct link in_assignments;
    struct partition partition;
    struct kafka_partition id;
    int64_t stored;  /* the offset handed to Kafka last; FRONTIER_NONE: none */
    bool is_revoked; /* it goes as soon as it is drained */
};

enum loop_phase {
    LOOP_WORKING,
    LOOP_DRAINING,   /* a signal came: nothing new is taken */
    LOOP_ABANDONING, /* time ran out: what is left is parked */
    LOOP_ENDING,     /* a second signal came: at once */
};

struct loop {
    const struct settings *settings;
    struct log *log;
    struct engine engine;
    void *memory;
    size_t memory_bytes;
    struct kafka *kafka;
    struct http *http;
    struct postgres *postgres;
    struct admin *admin; /* NULL: admin.listen is empty */
    ms_t admin_next;
    int epoll_fd, signal_fd;
    ms_t now; /* monotonic, of this turn */
    int64_t wall_ms;
    enum loop_phase phase;
    ms_t drain_end, abandon_end;

    struct list assignments;
    bool is_revoking; /* a KAFKA_REVOKE is being drained */
    ms_t revoke_end;
    bool has_broken_down;
    struct err breakdown;

    size_t last_turn; /* which effect the database was given last */
    bool was_connected;
    bool producer_is_full;

    /* Parked records that are due: asked for, at most so many, so many came. */
    bool is_asking;
    size_t asked_max, taken;
    ms_t ask_next;
    struct str dead_letter_topics[KAFKA_TOPICS];
};

/* An event of now. */
void loop_step(struct loop *loop, struct event event);

/* assignments.c */
void loop_take_control(struct loop *loop);
void loop_take_records(struct loop *loop);
void loop_store_offsets(struct loop *loop);
void loop_drain_all(struct loop *loop);
void loop_finish_revoke(struct loop *loop);
void loop_free_assignments(struct loop *loop);
void loop_start_job(struct loop *loop, struct partition *partition, struct record *record,
                    const struct parked *parked);

/* replies.c */
void loop_take_rows(struct loop *loop);
void loop_take_answers(struct loop *loop);
void loop_take_reports(struct loop *loop);
void loop_release_ended(struct loop *loop);

/* due.c */
void loop_ask_for_parked(struct loop *loop);
void loop_take_parked(struct loop *loop, const struct postgres_reply *reply);
void loop_end_asking(struct loop *loop);

/* effects.c */
void loop_send_batch(struct loop *loop);
void loop_send_calls(struct loop *loop);
void loop_send_messages(struct loop *loop);

/* health.c: the body of /readyz; the context is the loop */
bool loop_is_ready(void *context, struct text *body);

/* WeChat's last refusal of a job: of its last call, or the one that led to asking back. errcode 0: none. */
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
void loop_log_producer(struct loop *loop, bool has_room);
