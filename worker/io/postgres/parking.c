#include "io/postgres/postgres.h"

#include <assert.h>
#include <stdlib.h>

#include "io/postgres/internal.h"
#include "io/postgres/params.h"
#include "io/postgres/rows.h"

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_origins(const struct origin *a, const struct origin *b)
{
    int order = postgres_compare(a->topic, b->topic);
    if (!order)
        order = compare_numbers(a->partition, b->partition);
    if (!order)
        order = compare_numbers(a->offset, b->offset);
    return order ? order : compare_numbers(a->timestamp_ms, b->timestamp_ms);
}

static int compare_parks(const void *a, const void *b)
{
    const struct park *x = a, *y = b;
    return compare_origins(&x->record->origin, &y->record->origin);
}

static int compare_unparks(const void *a, const void *b)
{
    const struct unpark *x = a, *y = b;
    return compare_origins(x->origin, y->origin);
}

/* In the order of the origins, so that two workers lock rows in the same order; so are those taken back. */
void postgres_park(struct postgres *postgres, const struct park *parks, size_t count)
{
    struct batch *b = &postgres->batch;
    postgres_begin(postgres, STATEMENT_PARK, count);
    memcpy(b->parks, parks, count * sizeof(*parks));
    qsort(b->parks, count, sizeof(*b->parks), compare_parks);
    for (size_t i = 0; i < count; i++)
        b->tags[i] = b->parks[i].tag;
    postgres_send(postgres);
}

const struct arrays *parking_park_params(struct postgres *postgres)
{
    const struct batch *b = &postgres->batch;
    const struct park *parks = b->parks + b->first;
    size_t bytes = params_bytes_of_parks(parks, b->len);
    postgres->large = (struct arrays){.at = malloc(bytes), .max = bytes};
    if (!postgres->large.at)
        abort(); /* nothing is lost by that: what is not parked has its offset */
    params_of_parks(&postgres->large, parks, b->len);
    return &postgres->large;
}

void postgres_unpark(struct postgres *postgres, const struct unpark *unparks, size_t count)
{
    struct batch *b = &postgres->batch;
    postgres_begin(postgres, STATEMENT_UNPARK, count);
    memcpy(b->unparks, unparks, count * sizeof(*unparks));
    qsort(b->unparks, count, sizeof(*b->unparks), compare_unparks);
    for (size_t i = 0; i < count; i++)
        b->tags[i] = b->unparks[i].tag;
    postgres_send(postgres);
}

const struct arrays *parking_unpark_params(struct postgres *postgres)
{
    const struct batch *b = &postgres->batch;
    params_of_unparks(&postgres->arrays, b->unparks + b->first, b->len);
    return &postgres->arrays;
}

static void reply_to_all(struct postgres *p, enum postgres_outcome outcome)
{
    for (size_t i = 0; i < p->batch.len; i++)
        (void)postgres_reply_to(p, p->batch.first + i, outcome);
}

void parking_parked(struct postgres *postgres, const PGresult *result)
{
    (void)result; /* it has no rows, as below */
    reply_to_all(postgres, POSTGRES_PARKED);
}

void parking_unparked(struct postgres *postgres, const PGresult *result)
{
    (void)result;
    reply_to_all(postgres, POSTGRES_UNPARKED);
}

/* A batch of one, without a tag: its parameters are made once and stay. */
void postgres_take_due(struct postgres *postgres, const struct str *topics, size_t topic_count,
                       size_t count_max, ms_t lease_ms)
{
    assert(count_max <= POSTGRES_BATCH_MAX);
    struct arrays *arrays = &postgres->arrays;
    postgres_begin(postgres, STATEMENT_TAKE_DUE, 1);
    postgres->batch.tags[0] = NULL;
    arrays_begin(arrays, topic_count);
    arrays_column(arrays, ARRAYS_TEXT);
    for (size_t i = 0; i < topic_count; i++)
        arrays_text(arrays, topics[i]);
    arrays_scalar(arrays, (int64_t)count_max);
    arrays_scalar(arrays, lease_ms);
    postgres_send(postgres);
}

const struct arrays *parking_take_due_params(struct postgres *postgres)
{
    return &postgres->arrays;
}

void parking_taken(struct postgres *postgres, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        rows_taken(postgres_reply_to(postgres, 0, POSTGRES_TAKEN), result, row);
}
