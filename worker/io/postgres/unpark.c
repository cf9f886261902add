#include <stdlib.h>

#include "io/postgres/internal.h"

/*
 * Deletes rows of wxtoken.parked. A row with another revision has been claimed or parked again
 * since, and stays.
 *
 * `= ANY (ARRAY[x])` is there for the reason given in store.c, on the key's first column. If the
 * statement is lost, it may have been carried out. Repeating it does no harm.
 */
static const char sql[] =
    "DELETE FROM wxtoken.parked AS p"
    " USING unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[])"
    "       AS n (topic, partition, record_offset, record_timestamp, revision)"
    " WHERE p.topic = ANY (ARRAY[n.topic])"
    "   AND p.partition = n.partition"
    "   AND p.record_offset = n.record_offset"
    "   AND p.record_timestamp = n.record_timestamp"
    "   AND p.revision = n.revision";

#define UNPARK(kind, value) COLUMN(c, kind, unpark, unparks, b->len, value)

static const struct columns *params(struct channel *channel)
{
    const struct batch *b = &channel->batch;
    const struct unpark *unparks = b->unparks + b->first;
    struct columns *c = &channel->columns;
    columns_begin(c, b->len);
    UNPARK(text, unpark->origin->topic);
    UNPARK(int4, unpark->origin->partition);
    UNPARK(int8, unpark->origin->offset);
    UNPARK(int8, unpark->origin->timestamp_ms);
    UNPARK(int8, unpark->revision);
    return c;
}

const struct statement *unpark_statement(void)
{
    static const struct statement statement = {
        .name = "unpark",
        .sql = sql,
        .params = params,
        .finish = batch_reply_to_all,
        .lost = POSTGRES_UNKNOWN,
    };
    return &statement;
}

static int compare(const void *a, const void *b)
{
    const struct unpark *x = a, *y = b;
    return batch_compare_origins(x->origin, y->origin);
}

/* Sorts by origin, so that two workers lock rows in the same order. */
void postgres_unpark(struct postgres *postgres, const struct unpark *unparks, size_t count)
{
    struct channel *channel = &postgres->channel;
    struct batch *b = &channel->batch;
    batch_begin(channel, POSTGRES_UNPARK, unpark_statement(), count);
    memcpy(b->unparks, unparks, count * sizeof(*unparks));
    qsort(b->unparks, count, sizeof(*b->unparks), compare);
    for (size_t i = 0; i < count; i++)
        b->tags[i] = b->unparks[i].tag;
    batch_send(channel);
}
