#include <assert.h>
#include <stdlib.h>

#include "base/count.h"
#include "loop/internal.h"

enum {
    ASK_EVERY_MS = 1000,
    ASK_MAX = 64,
    SHARE =
        4, /* parked records fill at most a quarter of the pool, so that what comes anew is worked on beside them */
    LEASE_MIN_MS = 10000,
};

/* Long enough for calls and a hold; a record in hand when it is over is only noticed to be, and its lease renewed. */
static ms_t lease_ms(const struct settings *settings)
{
    ms_t work_ms = settings->wechat_timeout_ms + settings->worker_hold_max_ms;
    return 2 * work_ms < LEASE_MIN_MS ? LEASE_MIN_MS : 2 * work_ms;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t room(const struct loop *loop)
{
    const struct engine *engine = &loop->engine;
    size_t share = (size_t)loop->settings->worker_in_flight_max / SHARE + 1;
    size_t taken = engine_claimed_count(engine);
    size_t left = share > taken ? share - taken : 0;
    return least(ASK_MAX, least(left, engine_room(engine)));
}

void loop_ask_for_parked(struct loop *loop)
{
    bool is_time = loop->phase == LOOP_WORKING && !loop->is_asking && loop->now >= loop->ask_next;
    if (!is_time || !postgres_room(loop->postgres) || !room(loop))
        return;
    const struct settings *settings = loop->settings;
    const struct str topics[] = {str_of(settings->topic_authorization_changed),
                                 str_of(settings->topic_refresh_due)};
    loop->is_asking = true;
    loop->asked_max = room(loop);
    loop->taken = 0;
    postgres_take_due(loop->postgres, topics, COUNT_OF(topics), loop->asked_max,
                      lease_ms(settings));
}

void loop_take_parked(struct loop *loop, const struct postgres_reply *reply)
{
    if (reply->outcome != POSTGRES_TAKEN) {
        LOG(loop->log, LEVEL_ERROR, "cannot read a parked record, it stays parked",
            LOG_TEXT("detail", reply->detail));
        return;
    }
    loop->taken++;
    if (engine_renews(&loop->engine, &reply->record->origin, reply->parked.revision))
        free(reply->record);
    else
        loop_start_job(loop, NULL, reply->record, &reply->parked);
}

/* Where there were as many as asked for, there may be more. */
void loop_end_asking(struct loop *loop)
{
    bool is_over = postgres_room(loop->postgres) || !postgres_is_connected(loop->postgres);
    if (!loop->is_asking || !is_over)
        return;
    loop->is_asking = false;
    loop->ask_next = loop->taken == loop->asked_max ? loop->now : loop->now + ASK_EVERY_MS;
}
