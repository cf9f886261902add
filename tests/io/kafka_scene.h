/*
 * A mock cluster and workers' Kafka adapters on it, for the tests of Kafka.
 *
 * The cluster is librdkafka's own: the real protocol over loopback, one broker of the test's own.
 * What it cannot do: refuse a record for a topic's own max.message.bytes (tests push the refusal as
 * an answer instead), lack a topic that is asked for (tests make it say so), authenticate, and keep
 * groups over a restart. Joining an empty group takes it three seconds, joining one that others
 * have left up to a session's time-out. Waiting is for a condition, up to PATIENCE_MS.
 */
#pragma once

#include "io/clock.h"
#include "io/kafka/kafka.h"
#include "io/kafka/internal.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#include <librdkafka/rdkafka_mock.h>

enum {
    PARTITIONS = 4, /* of each input topic */
    RECORDS_MAX = 256,
    REPORTS_MAX = 16,
    PATIENCE_MS = 60000,
    STEP_MS = 20,
    KEY_PRODUCE = 0, /* numbers of requests in Kafka's protocol */
    KEY_HEARTBEAT = 12,
    KEY_INIT_PRODUCER_ID = 22,
};

#define CHANGED "authorization-changed"
#define DUE     "refresh-due"
struct cluster {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *mock;
    const char *address;
};

/* A worker's worth of adapter and what has come out of it so far. */
struct worker {
    struct kafka *kafka;
    struct record *records[RECORDS_MAX];
    size_t record_count;
    struct kafka_report reports[REPORTS_MAX];
    size_t report_count;
    size_t held; /* partitions assigned now */
    size_t assigns, revokes, revoked_most, losts, fatals;
    char errors[4096]; /* one a line */
};

/* Setup and teardown of a test: a cluster of its own in *state. */
int start_cluster(void **state);
int stop_cluster(void **state);

/* The two input topics. */
void create_topics(struct cluster *c);

/* The mock makes every topic that is asked for; this is how one is missing. */
void set_topic_errors(struct cluster *c, rd_kafka_resp_err_t error);

/* As kafka_open, at this address, with more properties. */
bool open_with(struct kafka **kafka, const char *address, const struct kafka_property *more,
               size_t count, struct err *err);

/* A new worker; the test fails where it cannot be. */
void open_worker(struct worker *w, struct cluster *c, const struct kafka_property *more,
                 size_t count);

/* Closes it and frees its records. */
void close_worker(struct worker *w);

/* Counts an event and answers it, if it is to be answered. */
void note(struct worker *w, const struct kafka_event *event);

/* Notes all that there are. */
void take_events(struct worker *w);

/* Answers all that comes before one of this kind, and leaves that to the caller. */
bool take_event_of(struct worker *w, enum kafka_event_kind kind, struct kafka_event *event);

/* Takes so many at most. */
void take_records(struct worker *w, size_t room);

/* Whether its descriptor is, or becomes so in time. */
bool is_readable(const struct worker *w, int wait_ms);

/* One turn of a loop that has room for so many records. */
void worker_turn(struct worker *w, size_t room);

/* With all the room there is. */
void worker_turn_fully(struct worker *w);

struct sent {
    const char *topic, *key, *value;
    int32_t partition;
    int64_t timestamp_ms;
    rd_kafka_headers_t *headers; /* taken */
};

/* By a plain producer, and acknowledged. */
void send_record(struct cluster *c, struct sent s);

/* So many small records in one partition, acknowledged. */
void send_many(struct cluster *c, const char *topic, int32_t partition, int count);

/* What the group has committed for a partition, asked by a client that is no member; -1001:
 * nothing. */
int64_t committed(struct cluster *c, const char *topic, int32_t partition);

/* For refresh-due; and whether the worker's adapter takes it, without a tag. */
struct message small_message(void);
bool produce_small(struct worker *w);

/* Turns until it is so; the test fails where it is not in time. */
#define WAIT_UNTIL(condition, step)                                                                \
    for (ms_t deadline_ = clock_monotonic_ms() + PATIENCE_MS; !(condition);) {                     \
        if (clock_monotonic_ms() > deadline_)                                                      \
            fail_msg("not in time: %s", #condition);                                               \
        step;                                                                                      \
    }

#define assert_str_equal(view, literal)                                                            \
    do {                                                                                           \
        assert_int_equal((view).len, sizeof(literal) - 1);                                         \
        assert_memory_equal((view).at, literal, sizeof(literal) - 1);                              \
    } while (0)

/* A test with a cluster. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_cluster, stop_cluster)
