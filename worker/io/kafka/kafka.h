/*
 * Kafka: one consumer with two queues (control, records), one idempotent producer; none of it
 * blocks.
 *
 * What comes back is taken, what goes out is handed in; no decisions. See design, "Kafka, exactly",
 * for each setting's why. Ownership: kafka_open's result ends with kafka_close. Errors: events; a
 * fatal one says so and the process has to end.
 */
#pragma once

#include "base/err.h"
#include "base/time.h"
#include "model/message.h"
#include "model/record.h"

struct kafka;

struct kafka_property {
    const char *name; /* librdkafka's, without our prefix; terminated */
    const char *value;
};

struct kafka_settings {
    const struct kafka_property *properties; /* of the user, under what the promises rest on */
    size_t property_count;
    const char *const
        *input_topics; /* the names are borrowed as long as any record's origin is read */
    size_t input_topic_count;
};

struct kafka_partition {
    size_t topic_at; /* index in input_topics */
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
    const struct kafka_partition *partitions; /* until they are answered, or the next event */
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

/* Leaves the group (which commits what is stored) and flushes, within `limit_ms` in all; rebalance
 * events, one that waits for its answer included, are answered inside. Where the group cannot be
 * left in time, librdkafka would insist on waiting for the broker: then the consumer's threads and
 * memory are left to the end of the process, which has to follow. */
void kafka_close(struct kafka *kafka, ms_t limit_ms);

/* Readable when one of the three takes below has something; then all three are to be called, lest
 * it stays readable. What a take left for lack of room does not make it readable again: the caller
 * comes back when it has room. Stays the same from open to close. It is readable now and then
 * without cause: librdkafka expels a consumer that never looks. */
int kafka_fd(const struct kafka *kafka);

/* Whether a broker is connected, as of the last kafka.statistics.interval.ms (without any: once was); and whether the
 * group has assigned partitions, or none of them, once. */
bool kafka_is_connected(const struct kafka *kafka);
bool kafka_was_assigned(const struct kafka *kafka);

/* Takes at most one control event; to be called until it gives false. After an ASSIGN, REVOKE or
 * LOST the next is taken only once that one is answered (the descriptor then says so); only a FATAL
 * may come before. Until then librdkafka holds back all records, also those of partitions that
 * stay. FATAL comes once. */
bool kafka_take_event(struct kafka *kafka, struct kafka_event *event);

/* Answer the last ASSIGN, or REVOKE or LOST. kafka_unassign commits what is stored, except after
 * LOST. Where they give false the process has to end. */
MUST_USE bool kafka_assign(struct kafka *kafka, struct err *err);
MUST_USE bool kafka_unassign(struct kafka *kafka, struct err *err);

/* Takes at most `room` records, never waits. Each is the caller's to free(). Of one partition they
 * come in the order of their offsets, with gaps. */
size_t kafka_take_records(struct kafka *kafka, struct record **records, size_t room);

/* Everything below `offset` is finished; committed soon, at the latest with the answer to a REVOKE.
 * A partition that is no longer ours is expected: nothing happens. */
void kafka_store_offset(struct kafka *kafka, struct kafka_partition partition, int64_t offset);

/* Produces a copy of it; the tag comes back once, as a report. False: the queue is full, try again
 * later. A message the client finds too large is reported like any other; one for a missing topic
 * after some seconds. The topics written to are at most eight in a process. */
bool kafka_publish(struct kafka *kafka, void *tag, const struct message *message);

/* Takes at most `room` delivery reports; to be called until it gives fewer than asked. */
size_t kafka_take_reports(struct kafka *kafka, struct kafka_report *reports, size_t room);

/* For the commands: blocking, within `limit_ms`. ERR_UNAVAILABLE where no broker answers;
 * ERR_CONFIG names the topic that is missing (all of them at once). */
MUST_USE bool kafka_check(const struct kafka_settings *settings, const char *const *topics,
                          size_t topic_count, ms_t limit_ms, struct err *err);

/* Whether librdkafka takes the properties; asks nobody. ERR_CONFIG names the one it does not take. */
MUST_USE bool kafka_check_properties(const struct kafka_settings *settings, struct err *err);
