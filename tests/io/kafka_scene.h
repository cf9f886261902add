/*
 * A mock cluster and the Kafka adapters of workers on it, for the tests of Kafka.
 *
 * The cluster is librdkafka's own mock: the real protocol over loopback, with one broker for the
 * test alone. It cannot refuse a record because of a topic's own max.message.bytes (tests push the
 * refusal as an answer instead), it has every topic that anybody asks for (tests make it say that a
 * topic is missing), it cannot authenticate, and it loses its groups in a restart. Joining an empty
 * group takes three seconds; joining a group that others have left takes up to a session time-out.
 * Every wait is for a condition, up to PATIENCE_MS.
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
    KEY_PRODUCE = 0, /* KEY_*: numbers of requests in Kafka's protocol */
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

/* The Kafka adapter of one worker, and what has come out of it so far. */
struct worker {
    struct kafka *kafka;
    struct record *records[RECORDS_MAX];
    size_t record_count;
    struct kafka_report reports[REPORTS_MAX];
    size_t report_count;
    size_t held; /* partitions assigned now */
    size_t assigns, revokes, revoked_most, losts, fatals;
    char errors[4096]; /* one per line */
};

/* Setup and teardown of a test: the test has its own cluster, in *state. */
int start_cluster(void **state);
int stop_cluster(void **state);

/* Creates the two input topics. */
void create_topics(struct cluster *c);

/* Makes the input topics fail, for example as missing: the mock creates any topic on request. */
void set_topic_errors(struct cluster *c, rd_kafka_resp_err_t error);

/* kafka_open at this address, with more properties. */
bool open_with(struct kafka **kafka, const char *address, const struct kafka_property *more,
               size_t count, struct err *err);

/* Opens a new worker; the test fails if that is not possible. */
void open_worker(struct worker *w, struct cluster *c, const struct kafka_property *more,
                 size_t count);

/* Closes the worker's adapter and frees its records. */
void close_worker(struct worker *w);

/* Counts an event and answers it if it needs an answer. */
void note(struct worker *w, const struct kafka_event *event);

/* Takes all events and notes each. */
void take_events(struct worker *w);

/* Notes every event up to the first of this kind, which is left to the caller. Returns false if
 * there was none. */
bool take_event_of(struct worker *w, enum kafka_event_kind kind, struct kafka_event *event);

/* Takes at most `room` records. */
void take_records(struct worker *w, size_t room);

/* Returns true if the adapter's descriptor is readable, or becomes readable within wait_ms. */
bool is_readable(const struct worker *w, int wait_ms);

/* One turn of a loop that has room for `room` records. */
void worker_turn(struct worker *w, size_t room);

/* One turn of a loop, with all the room that there is. */
void worker_turn_fully(struct worker *w);

struct sent {
    const char *topic, *key, *value;
    int32_t partition;
    int64_t timestamp_ms;
    rd_kafka_headers_t *headers; /* send_record takes ownership */
};

/* Sends a record by a plain producer and waits for the acknowledgement. */
void send_record(struct cluster *c, struct sent s);

/* Sends `count` small records to one partition and waits for the acknowledgements. */
void send_many(struct cluster *c, const char *topic, int32_t partition, int count);

/* The offset that the group has committed for a partition, asked by a client that is no member.
 * -1001: nothing is committed. */
int64_t committed(struct cluster *c, const char *topic, int32_t partition);

/* A small message for refresh-due. produce_small hands it to the worker's adapter without a tag and
 * returns true if the adapter takes it. */
struct message small_message(void);
bool produce_small(struct worker *w);

/* Repeats `step` until the condition holds; the test fails if it does not hold in time. */
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

/* A test with its own cluster. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_cluster, stop_cluster)
