#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "loop/internal.h"
#include "wire/health_json.h"

static_assert((int)HEALTH_JSON_BYTES_MAX <= (int)ADMIN_BODY_BYTES_MAX, "the body has to fit");

/* /readyz reports the worker as ready if it is not draining, a broker is connected, the group has
 * made an assignment (perhaps of no partition), the database and the producer can be used, and
 * nothing is stuck. */

__attribute__((format(printf, 4, 5))) static void add(struct health *health, struct str name,
                                                      bool is_ok, const char *format, ...)
{
    struct health_part *part = &health->parts[health->count++];
    part->name = name;
    part->is_ok = is_ok;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(part->detail, sizeof(part->detail), format, arguments);
    va_end(arguments);
}

static size_t count_assigned(const struct loop *loop)
{
    size_t count = 0;
    LIST_FOR_EACH(struct assignment, assignment, &loop->assignments, in_assignments)
        count += !assignment->partition.has_gone;
    return count;
}

static void add_kafka(struct health *health, const struct loop *loop)
{
    struct str name = STR("kafka");
    if (!kafka_is_connected(loop->kafka))
        add(health, name, false, "no broker is connected, waiting for one");
    else if (!kafka_was_assigned(loop->kafka))
        add(health, name, false, "waiting for the group's first assignment");
    else
        add(health, name, true, "%zu partitions assigned", count_assigned(loop));
}

static void add_database(struct health *health, const struct loop *loop)
{
    bool is_connected = postgres_is_connected(loop->postgres);
    add(health, STR("postgres"), is_connected, "%s",
        is_connected ? "connected" : postgres_trouble(loop->postgres));
}

static void add_producer(struct health *health, const struct loop *loop)
{
    add(health, STR("producer"), !loop->seen.is_producer_full, "%s",
        loop->seen.is_producer_full ? "its queue is full, announcements wait" : "has room");
}

static void add_progress(struct health *health, const struct loop *loop)
{
    ms_t oldest = engine_oldest(&loop->engine);
    ms_t age_ms = oldest == TIME_NEVER ? 0 : loop->now - oldest;
    add(health, STR("progress"), age_ms <= loop->settings->admin_unfinished_max_ms,
        "%zu of %lld events in flight, the oldest for %lld ms", engine_count(&loop->engine),
        (long long)loop->settings->worker_in_flight_max, (long long)age_ms);
}

static void add_phase(struct health *health, const struct loop *loop)
{
    bool is_working = loop->phase == LOOP_WORKING;
    add(health, STR("phase"), is_working, "%s", is_working ? "working" : "draining");
}

bool loop_is_ready(void *context, struct text *body)
{
    const struct loop *loop = context;
    struct health health = {0};
    add_phase(&health, loop);
    add_kafka(&health, loop);
    add_database(&health, loop);
    add_producer(&health, loop);
    add_progress(&health, loop);
    health_json_encode(body, &health);
    return health_is_ok(&health);
}
