/*
 * Kafka: one consumer with two queues (control, records), one idempotent producer; none of it blocks.
 *
 * What comes back is taken, what goes out is handed in; no decisions. See design, "Kafka, exactly", for each setting's why.
 * Ownership: kafka_open's result ends with kafka_close. Errors: events; a fatal one says so and the process has to end.
 */
#pragma once

#include "base/err.h"
#include "base/time.h"
#include "model/message.h"
#include "model/record.h"

struct kafka;

enum { KAFKA_TOPICS = 2 };

struct kafka_property {
    const char *name; /* librdkafka's, without our prefix; terminated */
    const char *value;
};

struct kafka_settings {
    const struct kafka_property *properties; /* of the user; already checked for the refused ones */
    size_t property_count;
    const char *input_topics[KAFKA_TOPICS];
};

struct kafka_partition {
    int topic_at; /* index in input_topics */
    int32_t partition;
};

enum kafka_event_kind {
    KAFKA_ASSIGN, /* these partitions come: answer with kafka_assign, also when there are none */
    KAFKA_REVOKE, /* these go: drain, then answer with kafka_unassign */
    KAFKA_LOST, /* these are gone already: answer with kafka_unassign at once, store nothing more */
    KAFKA_ERROR, /* for the log; nothing to answer */
    KAFKA_FATAL, /* the process has to end */
};

struct kafka_event {
    enum kafka_event_kind kind;
    const struct kafka_partition
        *partitions; /* until kafka_assign/kafka_unassign, or the next event */
    size_t partition_count;
    char detail[200]; /* ERROR, FATAL: terminated */
};

struct kafka_report {
    void *tag;
    bool is_delivered;
    bool is_too_large; /* the broker or the client refuses its size: it will not get smaller */
    char detail[120];  /* otherwise; terminated */
};

/* Does not wait for a broker. ERR_CONFIG names a property librdkafka does not take. */
MUST_USE bool kafka_open(struct kafka **kafka, const struct kafka_settings *settings,
                         struct err *err);

/* Leaves the group and flushes, within `limit_ms` in all; rebalance events meanwhile are answered inside. */
void kafka_close(struct kafka *kafka, ms_t limit_ms);

/* Readable when one of the takes below has something. Stays the same from open to close. */
int kafka_fd(const struct kafka *kafka);

/* Takes at most one control event; to be called until it gives false. After an ASSIGN, REVOKE or LOST the next is taken
 * only once that one is answered. */
bool kafka_take_event(struct kafka *kafka, struct kafka_event *event);

/* Answers the last ASSIGN / REVOKE / LOST. kafka_unassign commits what is stored (not after LOST). */
MUST_USE bool kafka_assign(struct kafka *kafka, struct err *err);
MUST_USE bool kafka_unassign(struct kafka *kafka, struct err *err);

/* Takes at most `room` records, never waits. Each is the caller's to free(). */
size_t kafka_take_records(struct kafka *kafka, struct record **records, size_t room);

/* The index in input_topics of a record's topic. */
int kafka_topic_at(const struct kafka *kafka, struct str topic);

/* Everything below `offset` is finished. A partition that is no longer ours is expected: nothing happens. */
void kafka_store_offset(struct kafka *kafka, struct kafka_partition partition, int64_t offset);

/* Produces a copy of it; the tag comes back once, as a report. False: the queue is full, try again later. A message the
 * client finds too large is reported like any other. */
bool kafka_produce(struct kafka *kafka, void *tag, const struct message *message);

/* Takes at most `room` delivery reports; to be called until it gives fewer than asked. */
size_t kafka_take_reports(struct kafka *kafka, struct kafka_report *reports, size_t room);

/* For the commands: blocking, within `limit_ms`. ERR_UNAVAILABLE where no broker answers; ERR_CONFIG names the topic that is missing
 * (all of them at once). */
MUST_USE bool kafka_check(const struct kafka_settings *settings, const char *const *topics,
                          size_t topic_count, ms_t limit_ms, struct err *err);
