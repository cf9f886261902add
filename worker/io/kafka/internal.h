/*
 * What the files of io/kafka share: the adapter's inside. Nobody else includes this.
 *
 * One idea: librdkafka writes to an eventfd when a queue stops being empty, and only then. So each
 * queue has a wake: its eventfd and whether the queue may still hold something. A take reads the
 * eventfd first and drains after; where it stops for lack of room, the wake remembers. Owner of
 * everything here: struct kafka, from open to close. One thread.
 */
#pragma once

#include "io/kafka/kafka.h"

#include <librdkafka/rdkafka.h>

enum {
    NOTES_MAX = 16,      /* events for the log that wait for their take; more are dropped */
    REJECTED_MAX = 1024, /* messages the client rejected at once that wait to be reported */
    OUTPUTS_MAX = 8,     /* topics we write to: token-updated and the dead letters */
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
    int timer_fd;       /* see kafka_take_event: a consumer that polls nothing is expelled */
    struct str *topics; /* the inputs, in the order of the settings */
    size_t topic_count;

    rd_kafka_t *consumer;
    rd_kafka_queue_t *control, *records;
    struct kafka_wake control_wake, records_wake;

    rd_kafka_event_t *rebalance; /* the one that waits for its answer, or NULL */
    enum kafka_event_kind rebalance_kind;
    struct kafka_partition *partitions;
    size_t partition_count, partitions_max;

    char notes[NOTES_MAX][sizeof(((struct kafka_event *)0)->detail)]; /* a ring */
    size_t note_at, note_count;
    bool was_assigned;   /* at least once, perhaps nothing */
    bool has_statistics; /* the user may have turned them off */
    bool is_connected;   /* to a broker, as the last statistics said */
    bool is_fatal_told;

    rd_kafka_t *producer;
    rd_kafka_queue_t *reports;
    struct kafka_wake reports_wake;
    rd_kafka_event_t *delivered; /* a batch of delivery reports, taken in part, or NULL */
    struct kafka_rejected rejected[REJECTED_MAX]; /* a ring */
    size_t rejected_at, rejected_count;
    rd_kafka_topic_t *outputs[OUTPUTS_MAX];
    size_t output_count;
};

/* Our defaults, under the user's properties, under what the promises rest on. The caller destroys
 * *conf. */
MUST_USE bool kafka_conf_consumer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                                  struct err *err);
MUST_USE bool kafka_conf_producer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                                  struct err *err);

/* For CLEANUP. */
void kafka_conf_destroyp(rd_kafka_conf_t **conf);

/* Opens the handle of this type; takes *conf and sets it to NULL, unless it gives false. */
MUST_USE bool kafka_client_open(rd_kafka_t **client, rd_kafka_type_t type, rd_kafka_conf_t **conf,
                                struct err *err);

/* What is left until `deadline` for librdkafka's time-outs: 0 … `max` milliseconds. */
int kafka_left_ms(ms_t deadline, int max);

/* A wake begins rung, because a queue may have filled before anybody looked. */
MUST_USE bool kafka_wake_open(struct kafka_wake *wake, int epoll_fd, struct err *err);
void kafka_wake_close(struct kafka_wake *wake);

/* Lets librdkafka ring it. */
void kafka_wake_watch(struct kafka_wake *wake, rd_kafka_queue_t *queue);

/* Silences the descriptor and remembers what it said; to be called before the queue is drained. */
void kafka_wake_sense(struct kafka_wake *wake);
void kafka_wake_ring(struct kafka_wake *wake);

/* Keeps an error, a log line or a commit that went wrong for kafka_take_event. */
void kafka_note_event(struct kafka *kafka, rd_kafka_event_t *event);

/* Keeps a sentence for kafka_take_event and makes kafka_fd readable. */
__attribute__((format(printf, 2, 3))) void kafka_note(struct kafka *kafka, const char *format, ...);

/* Takes the oldest sentence that is kept, as a KAFKA_ERROR; false if there is none. */
bool kafka_take_note(struct kafka *kafka, struct kafka_event *event);

/* The input topics, whose names are borrowed; kafka_close frees the array. */
MUST_USE bool kafka_topics_open(struct kafka *kafka, const struct kafka_settings *settings,
                                struct err *err);

/* The place of one of the input topics among them. librdkafka gives us no other topic. */
size_t kafka_topic_at(const struct kafka *kafka, const char *topic);

/* Takes an event of this type; to be answered with kafka_assign or kafka_unassign. */
void kafka_rebalance_begin(struct kafka *kafka, rd_kafka_event_t *event);
