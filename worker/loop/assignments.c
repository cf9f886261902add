#include <assert.h>
#include <stdlib.h>

#include "loop/internal.h"

struct assignment *loop_find_assignment(const struct loop *loop, struct kafka_partition id)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments) {
        if (assignment->id.partition == id.partition && assignment->id.topic_at == id.topic_at &&
            !assignment->partition.has_gone)
            return assignment;
    }
    return NULL;
}

static struct assignment *add(struct loop *loop, struct kafka_partition id)
{
    struct assignment *assignment = malloc(sizeof(*assignment));
    assert(assignment != NULL);
    *assignment = (struct assignment){.id = id, .stored = FRONTIER_NONE};
    partition_init(&assignment->partition);
    list_append(&loop->assignments, &assignment->in_assignments);
    return assignment;
}

static void log_rebalance(struct loop *loop, const char *msg, const struct kafka_event *event)
{
    LOG(loop->log, LEVEL_INFO, msg, LOG_INT("partitions", (int64_t)event->partition_count),
        LOG_INT("in_flight", (int64_t)engine_count(&loop->engine)));
}

static void break_down(struct loop *loop, const char *detail)
{
    (void)err_set(&loop->breakdown.err, ERR_UNAVAILABLE, "Kafka's client has broken down: %s",
                  detail);
    loop->breakdown.has_happened = true;
}

static void on_assign(struct loop *loop, const struct kafka_event *event)
{
    log_rebalance(loop, "partitions assigned", event);
    for (size_t i = 0; i < event->partition_count; i++) {
        if (!loop_find_assignment(loop, event->partitions[i]))
            (void)add(loop, event->partitions[i]);
    }
    struct err err;
    if (!kafka_assign(loop->kafka, &err))
        break_down(loop, err.text);
}

static void each(struct loop *loop, enum event_kind kind, const struct kafka_event *event)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        struct assignment *assignment = loop_find_assignment(loop, event->partitions[i]);
        if (assignment)
            loop_step(loop, (struct event){.kind = kind, .partition = &assignment->partition});
    }
}

static void unassign(struct loop *loop)
{
    struct err err;
    if (!kafka_unassign(loop->kafka, &err))
        break_down(loop, err.text);
}

static void on_revoke(struct loop *loop, const struct kafka_event *event)
{
    log_rebalance(loop, "partitions revoked, draining them", event);
    for (size_t i = 0; i < event->partition_count; i++) {
        struct assignment *assignment = loop_find_assignment(loop, event->partitions[i]);
        if (assignment)
            assignment->is_revoked = true;
    }
    each(loop, EVENT_DRAIN, event);
    loop->revoke.is_under_way = true;
    loop->revoke.end = loop->now + loop->settings->worker_drain_timeout_ms;
}

static void on_lost(struct loop *loop, const struct kafka_event *event)
{
    log_rebalance(loop, "partitions lost, what has begun is finished without them", event);
    each(loop, EVENT_GONE, event);
    unassign(loop);
}

static void on_control(struct loop *loop, const struct kafka_event *event)
{
    switch (event->kind) {
    case KAFKA_ASSIGN:
        on_assign(loop, event);
        return;
    case KAFKA_REVOKE:
        on_revoke(loop, event);
        return;
    case KAFKA_LOST:
        on_lost(loop, event);
        return;
    case KAFKA_ERROR:
        LOG(loop->log, LEVEL_WARN, "Kafka reports trouble, waiting for it to pass",
            LOG_TEXT("detail", event->detail));
        return;
    case KAFKA_FATAL:
        break_down(loop, event->detail);
        return;
    }
}

void loop_take_control(struct loop *loop)
{
    struct kafka_event event;
    while (!loop->breakdown.has_happened && kafka_take_event(loop->kafka, &event))
        on_control(loop, &event);
}

static bool is_any_revoked_busy(const struct loop *loop)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments) {
        if (assignment->is_revoked && !assignment->partition.has_gone &&
            !partition_is_idle(&assignment->partition))
            return true;
    }
    return false;
}

/* Drains again, because a job that was in flight may be waiting now. What waits above everything in
 * flight is returned. */
static void drain_again(struct loop *loop)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments) {
        struct partition *partition = &assignment->partition;
        if (partition->is_draining && !partition->has_gone)
            loop_step(loop, (struct event){.kind = EVENT_DRAIN, .partition = partition});
    }
}

static void free_idle(struct loop *loop)
{
    LIST_FOR_EACH_SAFE(struct assignment, assignment, &loop->assignments, in_assignments) {
        if (!assignment->partition.has_gone || !partition_is_idle(&assignment->partition))
            continue;
        list_remove(&loop->assignments, &assignment->in_assignments);
        free(assignment);
    }
}

static void drop_revoked(struct loop *loop)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments) {
        if (assignment->is_revoked && !assignment->partition.has_gone)
            loop_step(loop,
                      (struct event){.kind = EVENT_GONE, .partition = &assignment->partition});
    }
}

void loop_finish_revoke(struct loop *loop)
{
    free_idle(loop);
    if (!loop->revoke.is_under_way)
        return;
    drain_again(loop);
    bool is_busy = is_any_revoked_busy(loop);
    if (is_busy && loop->now < loop->revoke.end)
        return;
    if (is_busy)
        LOG(loop->log, LEVEL_WARN,
            "ran out of time to drain revoked partitions, what is left will be read again");

    loop_store_offsets(loop);
    drop_revoked(loop);
    loop->revoke.is_under_way = false;
    unassign(loop);
}

void loop_drain_all(struct loop *loop)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments)
        assignment->partition.is_draining = true;
    drain_again(loop);
    loop_step(loop, (struct event){.kind = EVENT_DRAIN});
}

void loop_free_assignments(struct loop *loop)
{
    LIST_FOR_EACH_SAFE(struct assignment, assignment, &loop->assignments, in_assignments)
        free(assignment);
    list_init(&loop->assignments);
}

struct assignment *loop_replace_assignment(struct loop *loop, struct assignment *assignment)
{
    loop_step(loop, (struct event){.kind = EVENT_GONE, .partition = &assignment->partition});
    return add(loop, assignment->id);
}

void loop_store_offsets(struct loop *loop)
{
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments) {
        int64_t position = frontier_position(&assignment->partition.frontier);
        if (assignment->partition.has_gone || position == FRONTIER_NONE ||
            position == assignment->stored)
            continue;
        assignment->stored = position;
        kafka_store_offset(loop->kafka, assignment->id, position);
    }
}
