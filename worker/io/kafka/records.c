#include "io/kafka/kafka.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/kafka/internal.h"

enum { BATCH = 256 }; /* messages that librdkafka hands over at once */

int kafka_topic_at(const struct kafka *kafka, struct str topic)
{
    for (int i = 0; i < KAFKA_TOPICS; i++)
        if (str_equal(kafka->topics[i], topic))
            return i;
    return -1;
}

/* The header at `at`; a malformed one is not there. */
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

/* Appends the bytes of a view at *end and points the view there; an absent one stays absent. */
static struct str keep(char **end, struct str view)
{
    if (!view.at)
        return view;
    if (view.len)
        memcpy(*end, view.at, view.len);
    struct str kept = {.at = *end, .len = view.len};
    *end += view.len;
    return kept;
}

static struct str key_of(const rd_kafka_message_t *message)
{
    return (struct str){.at = message->key, .len = message->key ? message->key_len : 0};
}

static struct str value_of(const rd_kafka_message_t *message)
{
    return (struct str){.at = message->payload, .len = message->payload ? message->len : 0};
}

static struct record *record_alloc(size_t bytes)
{
    struct record *record = malloc(bytes);
    if (!record)
        abort(); /* one left out would be lost: let the supervisor start us again */
    return record;
}

/* One block: the record, its headers' views, all bytes, and one more so that no view points behind
 * its end. */
static struct record *record_copy(const rd_kafka_message_t *message, struct str topic)
{
    rd_kafka_headers_t *headers = NULL;
    (void)rd_kafka_message_headers(message, &headers); /* none: NULL */
    size_t bytes = sizeof(struct record) + key_of(message).len + value_of(message).len + 1;
    size_t count = 0;
    for (struct record_header h; header_get(headers, &h, count); count++)
        bytes += sizeof(h) + h.name.len + h.value.len;

    struct record *record = record_alloc(bytes);
    struct record_header *kept = (struct record_header *)(record + 1);
    char *end = (char *)(kept + count);
    *record = (struct record){
        .origin = {.topic = topic,
                   .partition = message->partition,
                   .offset = message->offset,
                   .timestamp_ms = rd_kafka_message_timestamp(message, NULL)},
        .header_count = count,
        .headers = kept,
    };
    record->key = keep(&end, key_of(message));
    record->value = keep(&end, value_of(message));
    for (size_t i = 0; header_get(headers, &kept[i], i); i++) {
        kept[i].name = keep(&end, kept[i].name);
        kept[i].value = keep(&end, kept[i].value);
    }
    return record;
}

/* NULL: an error instead of a record. */
static struct record *admit(struct kafka *k, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return NULL;
    if (message->err) {
        kafka_note(k, "%s: %s", rd_kafka_err2name(message->err), rd_kafka_message_errstr(message));
        return NULL;
    }
    int topic_at = kafka_topic_at(k, str_of(rd_kafka_topic_name(message->rkt)));
    assert(topic_at >= 0);
    return record_copy(message, k->topics[topic_at]);
}

/* Takes one batch, behind those taken; whether there was one. A batch that is not full says nothing
 * of the queue, an empty one does. */
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
    (void)rd_kafka_offsets_store(kafka->consumer,
                                 list); /* it fails where the partition is no longer ours */
    rd_kafka_topic_partition_list_destroy(list);
}
