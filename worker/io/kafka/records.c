#include "io/kafka/kafka.h"

#include "io/kafka/internal.h"

enum { BATCH = 256 }; /* the most messages that librdkafka hands over at once */

/* Reads header `at`. Returns false if it does not exist or is malformed. */
static bool header_get(const rd_kafka_headers_t *headers, struct record_header *header, size_t at)
{
    const char *name;
    const void *value;
    size_t value_bytes;
    if (!headers || rd_kafka_header_get_all(headers, at, &name, &value, &value_bytes))
        return false;
    header->name = str_of(name);
    header->value = (struct str){.at = value, .len = value ? value_bytes : 0};
    return true;
}

static struct str key_of(const rd_kafka_message_t *message)
{
    return (struct str){.at = message->key, .len = message->key ? message->key_len : 0};
}

static struct str value_of(const rd_kafka_message_t *message)
{
    return (struct str){.at = message->payload, .len = message->payload ? message->len : 0};
}

static struct record *record_of(const struct kafka *k, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    (void)rd_kafka_message_headers(message, &headers); /* fails if there are none */
    size_t count = 0, bytes = 0;
    for (struct record_header h; header_get(headers, &h, count); count++)
        bytes += h.name.len + h.value.len;

    size_t topic_at = kafka_topic_at(k, rd_kafka_topic_name(message->rkt));
    struct origin origin = {
        .topic = k->topics[topic_at],
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
    };
    struct record *record = record_new(&origin, key_of(message), value_of(message), count, bytes);
    record->topic_at = topic_at;
    for (struct record_header h; header_get(headers, &h, record->header_count);)
        record_add_header(record, &h);
    return record;
}

/* Returns NULL if the message is an error. */
static struct record *admit(struct kafka *k, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return NULL;
    if (message->err) {
        kafka_note(k, "%s: %s", rd_kafka_err2name(message->err), rd_kafka_message_errstr(message));
        return NULL;
    }
    return record_of(k, message);
}

/* Appends one batch to the records taken so far. Returns false if the batch was empty, which means
 * that the queue is; a batch that is not full does not mean that. */
static bool take_batch(struct kafka *k, struct record **records, size_t *taken, size_t room)
{
    rd_kafka_message_t *messages[BATCH];
    size_t max = room - *taken < BATCH ? room - *taken : BATCH;
    ssize_t count = rd_kafka_consume_batch_queue(k->records, 0, messages, max);
    for (ssize_t i = 0; i < count; i++) {
        struct record *record = admit(k, messages[i]);
        rd_kafka_message_destroy(messages[i]);
        if (record)
            records[(*taken)++] = record;
    }
    return count > 0;
}

size_t kafka_take_records(struct kafka *kafka, struct record **records, size_t room)
{
    kafka_wake_sense(&kafka->records_wake);
    size_t taken = 0;
    while (kafka->records_wake.may_have_more && taken < room)
        kafka->records_wake.may_have_more = take_batch(kafka, records, &taken, room);
    return taken;
}

void kafka_store_offset(struct kafka *kafka, struct kafka_partition partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    const char *topic = kafka->topics[partition.topic_at].at;
    rd_kafka_topic_partition_list_add(list, topic, partition.partition)->offset = offset;
    /* An error is expected if the partition is no longer ours. */
    (void)rd_kafka_offsets_store(kafka->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}
