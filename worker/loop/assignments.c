#include <assert.h>
#include <stdlib.h>

#include "loop/internal.h"
#include "wire/input_event.h"

/* The present assignment of a partition, or NULL. */
static struct assignment *find(const struct loop *loop, struct kafka_partition id)
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
        LOG_INT("in_flight", (int64_t)loop->engine.jobs.count));
}

static void break_down(struct loop *loop, const char *detail)
{
    (void)err_set(&loop->breakdown, ERR_UNAVAILABLE, "Kafka's client has broken down: %s", detail);
    loop->has_broken_down = true;
}

static void on_assign(struct loop *loop, const struct kafka_event *event)
{
    log_rebalance(loop, "partitions assigned", event);
    for (size_t i = 0; i < event->partition_count; i++) {
        if (!find(loop, event->partitions[i]))
            (void)add(loop, event->partitions[i]);
    }
    struct err err;
    if (!kafka_assign(loop->kafka, &err))
        break_down(loop, err.text);
}

static void each(struct loop *loop, enum event_kind kind, const struct kafka_event *event)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        struct assignment *assignment = find(loop, event->partitions[i]);
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
        struct assignment *assignment = find(loop, event->partitions[i]);
        if (assignment)
            assignment->is_revoked = true;
    }
    each(loop, EVENT_DRAIN, event);
    loop->is_revoking = true;
    loop->revoke_end = loop->now + loop->settings->worker_drain_timeout_ms;
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
    while (!loop->has_broken_down && kafka_take_event(loop->kafka, &event))
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

/* What was at work may rest by now, and what rests above all that is at work is returned. */
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
    if (!loop->is_revoking)
        return;
    drain_again(loop);
    bool is_busy = is_any_revoked_busy(loop);
    if (is_busy && loop->now < loop->revoke_end)
        return;
    if (is_busy)
        LOG(loop->log, LEVEL_WARN,
            "ran out of time to drain revoked partitions, what is left will be read again");

    loop_store_offsets(loop);
    drop_revoked(loop);
    loop->is_revoking = false;
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

/* Offsets that go back: the log was cut, or the topic made anew. What is under way belongs to what was there before. */
static struct assignment *start_anew(struct loop *loop, struct assignment *assignment,
                                     const struct origin *origin)
{
    struct kafka_partition id = assignment->id;
    LOG(loop->log, LEVEL_WARN, "offsets of a partition begin anew, following",
        LOG_STR("topic", origin->topic), LOG_INT("partition", origin->partition),
        LOG_INT("offset", origin->offset));
    loop_step(loop, (struct event){.kind = EVENT_GONE, .partition = &assignment->partition});
    return add(loop, id);
}

void loop_start_job(struct loop *loop, struct partition *partition, struct record *record,
                    const struct parked *parked)
{
    struct input_rules rules = {
        .topic_kind = (enum input_kind)kafka_topic_at(loop->kafka, record->origin.topic)};
    (void)appid_set(&rules.component, str_of(loop->settings->component_appid));
    char bytes[INPUT_BYTES_MAX];
    struct arena scratch = {.at = bytes, .max = sizeof(bytes)};
    struct input input;
    struct dead dead;
    bool is_decoded = input_event_decode(&input, &scratch, record, &rules, &dead);
    loop_step(loop, (struct event){
                        .kind = EVENT_RECORD,
                        .record.partition = partition,
                        .record.parked = parked,
                        .record.record = record,
                        .record.input = is_decoded ? &input : NULL,
                        .record.dead = is_decoded ? NULL : &dead,
                    });
}

/* Whoever has the partition next reads a record that is not taken in; below the committed offset there is none. */
static void take_in(struct loop *loop, struct record *record)
{
    int topic_at = kafka_topic_at(loop->kafka, record->origin.topic);
    struct assignment *assignment = find(
        loop,
        (struct kafka_partition){.topic_at = topic_at, .partition = record->origin.partition});
    if (!assignment || assignment->partition.is_draining) {
        free(record);
        return;
    }
    if (record->origin.offset < assignment->partition.frontier.next)
        assignment = start_anew(loop, assignment, &record->origin);
    loop_start_job(loop, &assignment->partition, record, NULL);
}

static size_t records_room(const struct loop *loop)
{
    if (loop->phase != LOOP_WORKING || loop->has_broken_down)
        return 0;
    size_t room = engine_room(&loop->engine);
    size_t kept = loop->is_asking ? loop->asked_max - loop->taken : 0;
    room = room > kept ? room - kept : 0;
    return room < LOOP_BATCH ? room : LOOP_BATCH;
}

/* Asked also where there is no room: it notes that there are records, so that the descriptor does not ring on and on. */
void loop_take_records(struct loop *loop)
{
    struct record *records[LOOP_BATCH];
    size_t count;
    do {
        count = kafka_take_records(loop->kafka, records, records_room(loop));
        for (size_t i = 0; i < count; i++)
            take_in(loop, records[i]);
    } while (count);
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
