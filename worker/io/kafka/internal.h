/*
 * The inside of the Kafka adapter. Only the files of io/kafka include this header.
 *
 * One idea: librdkafka writes to an eventfd when a queue stops being empty, and only then. Each
 * queue therefore has a wake: its eventfd, and whether the queue may still hold something. A take
 * reads the eventfd first and drains the queue after that. If it stops for lack of room, the wake
 * remembers that the queue is not empty. Ownership: struct kafka owns everything here, from open to
 * close. Threads: one.
 */
#pragma once

#include "io/kafka/kafka.h"
#include "model/input.h"

#include <librdkafka/rdkafka.h>

enum {
    NOTES_MAX = 16,      /* sentences for the log that wait to be taken; more are dropped */
    REJECTED_MAX = 1024, /* messages that the client rejected at once and that wait for a report */
    OUTPUTS_MAX = 1 + INPUT_KINDS, /* topics that we write to: token-updated and the dead letters */
};

struct kafka_wake {
    int fd;
    bool may_have_more;
};

struct kafka_rejected {
    void *tag;
    rd_kafka_topic_t *topic; /* one of the outputs */
    rd_kafka_resp_err_t error;
};

struct kafka {
    int epoll_fd;
    int timer_fd;       /* makes us poll: librdkafka expels a consumer that does not */
    struct str *topics; /* the input topics, in the order of the settings */
    size_t topic_count;

    rd_kafka_t *consumer;
    rd_kafka_queue_t *control, *records;
    struct kafka_wake control_wake, records_wake;

    rd_kafka_event_t *rebalance; /* the event that waits for its answer, or NULL */
    enum kafka_event_kind rebalance_kind;
    struct kafka_partition *partitions;
    size_t partition_count, partitions_max;

    char notes[NOTES_MAX][sizeof(((struct kafka_event *)0)->detail)]; /* a ring */
    size_t note_at, note_count;
    bool was_assigned;   /* at least once, perhaps without any partition */
    bool has_statistics; /* the user may have turned them off */
    bool is_connected;   /* to a broker, according to the last statistics */
    bool is_fatal_told;

    rd_kafka_t *producer;
    rd_kafka_queue_t *reports;
    struct kafka_wake reports_wake;
    rd_kafka_event_t *delivered; /* the batch of delivery reports being taken, or NULL */
    struct kafka_rejected rejected[REJECTED_MAX]; /* a ring */
    size_t rejected_at, rejected_count;
    rd_kafka_topic_t *outputs[OUTPUTS_MAX];
    size_t output_count;
};

/* Makes a configuration of our defaults, the user's properties and those that the guarantees depend
 * on; the later ones override the earlier ones. The caller destroys *conf. */
MUST_USE bool kafka_conf_consumer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                                  struct err *err);
MUST_USE bool kafka_conf_producer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                                  struct err *err);

/* For CLEANUP. */
void kafka_conf_destroyp(rd_kafka_conf_t **conf);

/* Opens a client of this type. If it returns true, the client owns *conf, which is set to NULL. */
MUST_USE bool kafka_client_open(rd_kafka_t **client, rd_kafka_type_t type, rd_kafka_conf_t **conf,
                                struct err *err);

/* Returns the time until `deadline` as a time-out for librdkafka: 0 … `max` milliseconds. */
int kafka_left_ms(ms_t deadline, int max);

/* A new wake has already rung, because the queue may have filled before anybody looked at it. */
MUST_USE bool kafka_wake_open(struct kafka_wake *wake, int epoll_fd, struct err *err);
void kafka_wake_close(struct kafka_wake *wake);

/* Makes librdkafka ring the wake when the queue stops being empty. */
void kafka_wake_watch(struct kafka_wake *wake, rd_kafka_queue_t *queue);

/* Silences the descriptor and remembers that it rang. Call this before draining the queue. */
void kafka_wake_sense(struct kafka_wake *wake);
void kafka_wake_ring(struct kafka_wake *wake);

/* Keeps an error, a log line or a failed commit for kafka_take_event. Reads the statistics. */
void kafka_note_event(struct kafka *kafka, rd_kafka_event_t *event);

/* Keeps a sentence for kafka_take_event and makes kafka_fd readable. */
__attribute__((format(printf, 2, 3))) void kafka_note(struct kafka *kafka, const char *format, ...);

/* Takes the oldest sentence, as a KAFKA_ERROR. Returns false if there is none. */
bool kafka_take_note(struct kafka *kafka, struct kafka_event *event);

/* Sets the input topics. Their names are borrowed; kafka_close frees the array. */
MUST_USE bool kafka_topics_open(struct kafka *kafka, const struct kafka_settings *settings,
                                struct err *err);

/* Returns the index of an input topic. librdkafka names no other topic to us. */
size_t kafka_topic_at(const struct kafka *kafka, const char *topic);

/* Takes a rebalance event, which kafka_assign or kafka_unassign has to answer. */
void kafka_rebalance_begin(struct kafka *kafka, rd_kafka_event_t *event);
