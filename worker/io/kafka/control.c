#include "io/kafka/kafka.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/kafka/internal.h"

static bool take_fatal(struct kafka *k, struct kafka_event *event)
{
    char *detail = event->detail;
    size_t size = sizeof(event->detail);
    if (k->is_fatal_told || (!rd_kafka_fatal_error(k->producer, detail, size) &&
                             !rd_kafka_fatal_error(k->consumer, detail, size)))
        return false;
    event->kind = KAFKA_FATAL;
    return k->is_fatal_told = true;
}

static enum kafka_event_kind rebalance_kind(struct kafka *k, rd_kafka_event_t *event)
{
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        return KAFKA_ASSIGN;
    return rd_kafka_assignment_lost(k->consumer) ? KAFKA_LOST : KAFKA_REVOKE;
}

/* The array never shrinks: a rebalance is rare. */
static void make_room_for_partitions(struct kafka *k, size_t count)
{
    if (count <= k->partitions_max)
        return;
    free(k->partitions);
    k->partitions = malloc(count * sizeof(*k->partitions));
    if (!k->partitions)
        abort(); /* out of memory: the supervisor restarts the process, and offsets are safe */
    k->partitions_max = count;
}

void kafka_rebalance_begin(struct kafka *kafka, rd_kafka_event_t *event)
{
    assert(!kafka->rebalance);
    kafka->rebalance = event;
    kafka->rebalance_kind = rebalance_kind(kafka, event);
    kafka->was_assigned = true;

    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    kafka->partition_count = list ? (size_t)list->cnt : 0;
    make_room_for_partitions(kafka, kafka->partition_count);
    for (size_t i = 0; i < kafka->partition_count; i++)
        kafka->partitions[i] = (struct kafka_partition){
            .topic_at = kafka_topic_at(kafka, list->elems[i].topic),
            .partition = list->elems[i].partition,
        };
}

static void rebalance_end(struct kafka *k)
{
    rd_kafka_event_destroy(k->rebalance);
    k->rebalance = NULL;
    kafka_wake_ring(&k->control_wake); /* the events after it had to wait */
}

/* librdkafka expels a consumer that does not poll the control queue for max.poll.interval.ms, even
 * if the queue is empty. A timer therefore makes us poll it. */
static void sense(struct kafka *k)
{
    kafka_wake_sense(&k->control_wake);
    uint64_t rings;
    if (read(k->timer_fd, &rings, sizeof(rings)) == sizeof(rings))
        k->control_wake.may_have_more = true;
}

static rd_kafka_event_t *next_event(struct kafka *k)
{
    if (!k->control_wake.may_have_more)
        return NULL;
    rd_kafka_event_t *event = rd_kafka_queue_poll(k->control, 0);
    k->control_wake.may_have_more = event != NULL;
    return event;
}

bool kafka_take_event(struct kafka *kafka, struct kafka_event *event)
{
    sense(kafka);
    while (!take_fatal(kafka, event)) {
        if (kafka->rebalance)
            return false;
        if (kafka_take_note(kafka, event))
            return true;
        rd_kafka_event_t *next = next_event(kafka);
        if (!next)
            return false;
        if (rd_kafka_event_type(next) == RD_KAFKA_EVENT_REBALANCE) {
            kafka_rebalance_begin(kafka, next);
            event->kind = kafka->rebalance_kind;
            event->partitions = kafka->partitions;
            event->partition_count = kafka->partition_count;
            return true;
        }
        kafka_note_event(kafka, next);
        rd_kafka_event_destroy(next);
    }
    return true;
}

static bool outcome(rd_kafka_error_t *error, const char *what, struct err *err)
{
    if (!error)
        return true;
    (void)err_set(err, ERR_UNAVAILABLE, "could not %s partitions: %s", what,
                  rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
}

/* Runs before the partitions are assigned: otherwise a record could reach the control queue. */
static void forward(struct kafka *k, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(k->consumer, list->elems[i].topic,
                                                               list->elems[i].partition);
        assert(queue); /* librdkafka makes it if it does not exist */
        rd_kafka_queue_forward(queue, k->records);
        rd_kafka_queue_destroy(queue); /* drops only our reference */
    }
}

bool kafka_assign(struct kafka *kafka, struct err *err)
{
    assert(kafka->rebalance && kafka->rebalance_kind == KAFKA_ASSIGN);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(
        kafka->rebalance);
    forward(kafka, list);
    rd_kafka_error_t *error = rd_kafka_incremental_assign(kafka->consumer, list);
    rebalance_end(kafka);
    return outcome(error, "take", err);
}

bool kafka_unassign(struct kafka *kafka, struct err *err)
{
    assert(kafka->rebalance && kafka->rebalance_kind != KAFKA_ASSIGN);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(
        kafka->rebalance);
    rd_kafka_error_t *error = rd_kafka_incremental_unassign(kafka->consumer, list);
    rebalance_end(kafka);
    return outcome(error, "give back", err);
}

bool kafka_is_connected(const struct kafka *kafka)
{
    return kafka->has_statistics ? kafka->is_connected : kafka->was_assigned;
}

bool kafka_was_assigned(const struct kafka *kafka)
{
    return kafka->was_assigned;
}
