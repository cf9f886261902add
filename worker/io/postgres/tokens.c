#include "io/postgres/postgres.h"

#include <assert.h>
#include <stdlib.h>

#include "io/postgres/internal.h"
#include "io/postgres/params.h"
#include "io/postgres/rows.h"
#include "model/wechat.h"

/* A load of our own: what it borrows is copied. */
static void copy_load(struct batch *b, size_t at, const struct load *from)
{
    b->tags[at] = from->tag;
    b->loads[at] = *from;
    if (from->digest) {
        memcpy(b->digests[at], from->digest, DIGEST_BYTES);
        b->loads[at].digest = b->digests[at];
    }
    if (from->origin) {
        b->origins[at] = *from->origin;
        b->loads[at].origin = &b->origins[at];
    }
}

void postgres_load(struct postgres *postgres, const struct load *loads, size_t count)
{
    postgres_begin(postgres, STATEMENT_LOAD, count);
    for (size_t i = 0; i < count; i++)
        copy_load(&postgres->batch, i, &loads[i]);
    postgres_send(postgres);
}

const struct arrays *tokens_load_params(struct postgres *postgres)
{
    const struct batch *b = &postgres->batch;
    params_of_loads(&postgres->arrays, b->loads + b->first, b->len);
    return &postgres->arrays;
}

void tokens_loaded(struct postgres *postgres, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        size_t member = postgres->batch.first + rows_member(result, row);
        int32_t *scopes = postgres->scopes[postgres->ready];
        struct postgres_reply *reply = postgres_reply_to(postgres, member, POSTGRES_LOADED);
        rows_loaded(reply, scopes, result, row);
        if (!authorizer_exists(&reply->row))
            reply->row.authorizer = postgres->batch.loads[member].authorizer;
    }
}

static int compare_name(const struct change *change, struct str component, struct str authorizer)
{
    int order = postgres_compare(appid_str(&change->component), component);
    return order ? order : postgres_compare(appid_str(&change->authorizer), authorizer);
}

static int compare_stores(const void *a, const void *b)
{
    const struct store *x = a, *y = b;
    return compare_name(x->change, appid_str(&y->change->component),
                        appid_str(&y->change->authorizer));
}

static void keep(struct arena *copies, struct str *view, size_t len_max)
{
    assert(view->len <= len_max);
    bool kept = arena_keep(copies, view);
    assert(kept);
    (void)kept;
}

static void copy_change(struct arena *copies, struct change *change, const struct change *from)
{
    *change = *from;
    keep(copies, &change->access_token, TOKEN_LEN_MAX);
    keep(copies, &change->refresh_token, TOKEN_LEN_MAX);
    keep(copies, &change->last_rid, RID_LEN_MAX);
    keep(copies, &change->cause.topic, TOPIC_LEN_MAX);
    keep(copies, &change->traceparent, TRACEPARENT_LEN);
    struct str scopes = {.at = (const char *)from->scopes.at,
                         .len = from->scopes.count * sizeof(*from->scopes.at)};
    keep(copies, &scopes, SCOPES_MAX * sizeof(*from->scopes.at));
    change->scopes.at = (const int32_t *)(const void *)scopes.at;
}

/* In the order of the names, so that two workers lock rows in the same order. */
void postgres_store(struct postgres *postgres, const struct store *stores, size_t count)
{
    struct batch *b = &postgres->batch;
    struct store sorted[POSTGRES_BATCH_MAX];
    postgres_begin(postgres, STATEMENT_STORE, count);
    memcpy(sorted, stores, count * sizeof(*stores));
    qsort(sorted, count, sizeof(*sorted), compare_stores);
    arena_clear(&postgres->copies);
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || compare_stores(&sorted[i - 1], &sorted[i]) != 0);
        b->tags[i] = sorted[i].tag;
        copy_change(&postgres->copies, &b->changes[i], sorted[i].change);
    }
    postgres_send(postgres);
}

const struct arrays *tokens_store_params(struct postgres *postgres)
{
    const struct batch *b = &postgres->batch;
    params_of_changes(&postgres->arrays, b->changes + b->first, b->len);
    return &postgres->arrays;
}

/* Where in the sorted batch the named row stands. */
static size_t find_change(const struct batch *b, struct str component, struct str authorizer)
{
    size_t low = b->first, high = b->first + b->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_name(&b->changes[middle], component, authorizer) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < b->first + b->len);
    return low;
}

/* What does not come back as written has been refused. */
void tokens_stored(struct postgres *postgres, const PGresult *result)
{
    size_t start = postgres->ready;
    for (size_t i = 0; i < postgres->batch.len; i++)
        (void)postgres_reply_to(postgres, postgres->batch.first + i, POSTGRES_REFUSED);
    for (int row = 0; row < PQntuples(result); row++) {
        struct str component, authorizer;
        rows_written_name(&component, &authorizer, result, row);
        size_t member = find_change(&postgres->batch, component, authorizer);
        rows_written(&postgres->replies[start + member - postgres->batch.first], result, row);
    }
}
