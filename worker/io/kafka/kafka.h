/*
 * Kafka: one consumer with two queues (control, records) and one idempotent producer. Nothing
 * blocks except kafka_close and the checks for the commands.
 *
 * The caller takes what comes in and hands over what goes out; the adapter makes no decisions.
 * conf.c gives the reason for each property. Ownership: kafka_close frees the result of kafka_open.
 * Errors: events; after a fatal one the process has to end.
 */
#pragma once

#include "base/err.h"
#include "base/time.h"
#include "model/message.h"
#include "model/record.h"

struct kafka;

struct kafka_property {
    const char *name; /* librdkafka's name, without our prefix; terminated */
    const char *value;
};

struct kafka_settings {
    /* The user's. They override our defaults, but not what the guarantees depend on. */
    const struct kafka_property *properties;
    size_t property_count;
    /* The names are borrowed for as long as the origin of any record is read. */
    const char *const *input_topics;
    size_t input_topic_count;
};

struct kafka_partition {
    size_t topic_at; /* the index in input_topics */
    int32_t partition;
};

enum kafka_event_kind {
    KAFKA_ASSIGN, /* these partitions come: answer with kafka_assign, even if there are none */
    KAFKA_REVOKE, /* these go: drain them, then answer with kafka_unassign */
    KAFKA_LOST, /* these are gone already: answer with kafka_unassign at once, store nothing more */
    KAFKA_ERROR, /* for the log; needs no answer */
    KAFKA_FATAL, /* the process has to end */
};

struct kafka_event {
    enum kafka_event_kind kind;
    const struct kafka_partition *partitions; /* valid until the answer, or until the next event */
    size_t partition_count;
    char detail[200]; /* ERROR, FATAL: terminated */
};

struct kafka_report {
    void *tag;
    bool is_delivered;
    bool is_too_large; /* the broker or the client refuses its size, and always will */
    char detail[120];  /* why it is not delivered; terminated */
};

/* Does not wait for a broker. ERR_CONFIG names the properties that librdkafka refuses. */
MUST_USE bool kafka_open(struct kafka **kafka, const struct kafka_settings *settings,
                         struct err *err);

/* Leaves the group, which commits the stored offsets, and flushes the producer, within `limit_ms`
 * in all. Answers rebalance events itself, including one that still waits for its answer. If the
 * group cannot be left in time, librdkafka would insist on waiting for the broker. The consumer's
 * threads and memory are then left to the end of the process, which has to follow. */
void kafka_close(struct kafka *kafka, ms_t limit_ms);

/* The descriptor is readable when one of the three takes below has something. Call all three then,
 * or it stays readable. Things that a take leaves for lack of room do not make it readable again:
 * the caller comes back when it has room. The descriptor stays the same from open to close. Now and
 * then it is readable without cause, because librdkafka expels a consumer that never polls. */
int kafka_fd(const struct kafka *kafka);

/* Returns true if a broker is connected. The answer is as old as the last statistics, at most
 * kafka.statistics.interval.ms. Without statistics, it is that of kafka_was_assigned. */
bool kafka_is_connected(const struct kafka *kafka);

/* Returns true once the group has answered with an assignment, even one without partitions. */
bool kafka_was_assigned(const struct kafka *kafka);

/* Takes at most one control event. Call it until it returns false. After an ASSIGN, REVOKE or LOST,
 * only a FATAL can be taken until that event is answered; the answer makes the descriptor readable
 * again. Until the answer, librdkafka holds back all records, also those of partitions that stay.
 * FATAL comes once. */
bool kafka_take_event(struct kafka *kafka, struct kafka_event *event);

/* kafka_assign answers an ASSIGN, kafka_unassign a REVOKE or a LOST. kafka_unassign commits the
 * stored offsets, except after LOST. If one of them returns false, the process has to end. */
MUST_USE bool kafka_assign(struct kafka *kafka, struct err *err);
MUST_USE bool kafka_unassign(struct kafka *kafka, struct err *err);

/* Takes at most `room` records and never waits. The caller frees each with free(). The records of
 * one partition come in the order of their offsets, with gaps. */
size_t kafka_take_records(struct kafka *kafka, struct record **records, size_t room);

/* Everything below `offset` is finished. The offset is committed soon, at the latest with the
 * answer to a REVOKE. The partition may no longer be ours: then nothing happens. */
void kafka_store_offset(struct kafka *kafka, struct kafka_partition partition, int64_t offset);

/* Produces a copy of the message. The tag comes back once, in a report. Returns false if the queue
 * is full: try again later. A message that the client finds too large is reported like any other;
 * one for a missing topic is reported after some seconds. A process writes to at most eight
 * topics. */
bool kafka_publish(struct kafka *kafka, void *tag, const struct message *message);

/* Takes at most `room` delivery reports. Call it until it returns fewer than `room`. */
size_t kafka_take_reports(struct kafka *kafka, struct kafka_report *reports, size_t room);

/* For the commands: blocks for at most `limit_ms`. ERR_UNAVAILABLE: no broker answers. ERR_CONFIG
 * names all topics that are missing. Without topics, it only asks whether a broker answers. */
MUST_USE bool kafka_check(const struct kafka_settings *settings, const char *const *topics,
                          size_t topic_count, ms_t limit_ms, struct err *err);

/* Returns true if librdkafka accepts the properties; asks no broker. ERR_CONFIG names all that it
 * refuses. */
MUST_USE bool kafka_check_properties(const struct kafka_settings *settings, struct err *err);
