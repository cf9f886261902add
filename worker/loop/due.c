#include <assert.h>
#include <stdlib.h>

#include "loop/internal.h"

enum {
    CLAIM_EVERY_MS = 1000,
    CLAIM_MAX = 64,
    /* Parked records fill at most a quarter of the pool, so that new records are worked on too. */
    SHARE = 4,
    LEASE_MIN_MS = 10000,
};

/* The lease is long enough for calls and a hold. If it runs out while the record is still being
 * worked on, the next claim takes the row again, which only renews the lease. */
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
    size_t claimed = engine_claimed_count(engine);
    size_t left = share > claimed ? share - claimed : 0;
    return least(CLAIM_MAX, least(left, engine_room(engine)));
}

void loop_claim_due(struct loop *loop)
{
    bool is_time = loop->phase == LOOP_WORKING && !loop->due.is_asked &&
                   loop->now >= loop->due.next;
    if (!is_time || !postgres_room(loop->postgres) || !room(loop))
        return;
    struct claim claim = {
        .topic_count = INPUT_KINDS,
        .count_max = room(loop),
        .lease_ms = lease_ms(loop->settings),
    };
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        claim.topics[kind] = loop->topics[kind].input;
    claim.left_alone_count = engine_shut_components(&loop->engine, loop->now, claim.left_alone,
                                                    POSTGRES_LEFT_ALONE_MAX);
    loop->due.is_asked = true;
    loop->due.asked = claim.count_max;
    loop->due.claimed = 0;
    postgres_claim_due(loop->postgres, &claim);
}

void loop_take_claimed(struct loop *loop, const struct postgres_reply *reply)
{
    if (reply->outcome != POSTGRES_DONE) {
        LOG(loop->log, LEVEL_ERROR, "cannot read a parked record, it stays parked",
            LOG_TEXT("detail", reply->detail));
        return;
    }
    loop->due.claimed++;
    if (engine_renews(&loop->engine, &reply->record->origin, reply->parked.revision))
        free(reply->record);
    else
        loop_start_job(loop, NULL, reply->record, &reply->parked);
}

/* If a good part of what was asked for came, there may be more: each component has only a share. */
void loop_end_claiming(struct loop *loop)
{
    bool is_over = postgres_room(loop->postgres) || !postgres_is_connected(loop->postgres);
    if (!loop->due.is_asked || !is_over)
        return;
    loop->due.is_asked = false;
    bool may_be_more = loop->due.claimed > loop->due.asked / 4;
    loop->due.next = may_be_more ? loop->now : loop->now + CLAIM_EVERY_MS;
}
