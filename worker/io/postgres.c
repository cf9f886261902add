#include "io/postgres.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "io/postgres_connection.h"
#include "io/postgres_params.h"
#include "io/postgres_rows.h"
#include "io/postgres_session.h"
#include "io/postgres_sqlstate.h"
#include "model/wechat.h"

/* So often the same is sent again when chance undid it; more often is no chance. */
enum { REPEATS_MAX = 8 };

/*
 * The members under way are [first, first + len): all of them, or, once one of them has failed the others, one at a time.
 */
struct batch {
    enum statement statement;
    size_t count; /* 0: no batch */
    size_t first, len;
    int repeats;
    void *tags[POSTGRES_BATCH_MAX];
    struct load loads[POSTGRES_BATCH_MAX]; /* LOAD */
    uint8_t digests[POSTGRES_BATCH_MAX][DIGEST_BYTES];
    struct change changes[POSTGRES_BATCH_MAX]; /* STORE: sorted by name */
};

struct postgres {
    struct session session;
    struct batch batch;
    struct arena copies;  /* of what the changes view */
    struct arrays arrays; /* of what is being sent */
    PGresult *result;     /* what the replies view */
    size_t ready, handed; /* replies made, and of these taken */
    struct postgres_reply replies[POSTGRES_BATCH_MAX];
    int32_t scopes[POSTGRES_BATCH_MAX][SCOPES_MAX]; /* of the replies */
};

/* Without its session. */
static void free_memory(struct postgres *p)
{
    free(p->copies.at);
    free(p->arrays.at);
    free(p);
}

/* All it will ever need; untouched pages cost nothing. */
static struct postgres *allocate(struct err *err)
{
    enum { COPIES_BYTES_MAX = POSTGRES_BATCH_MAX * ROW_BYTES_MAX };
    struct postgres *p = calloc(1, sizeof(*p));
    if (!p) {
        (void)err_set(err, ERR_UNAVAILABLE, "out of memory");
        return NULL;
    }
    p->copies = (struct arena){.at = malloc(COPIES_BYTES_MAX), .max = COPIES_BYTES_MAX};
    p->arrays = (struct arrays){.at = malloc(PARAMS_BYTES_MAX), .max = PARAMS_BYTES_MAX};
    if (p->copies.at && p->arrays.at)
        return p;
    free_memory(p);
    (void)err_set(err, ERR_UNAVAILABLE, "out of memory");
    return NULL;
}

bool postgres_open(struct postgres **postgres, const char *conninfo, struct err *err)
{
    struct postgres *p = allocate(err);
    if (!p)
        return false;
    if (!session_open(&p->session, conninfo, err)) {
        free_memory(p);
        return false;
    }
    *postgres = p;
    return true;
}

void postgres_close(struct postgres *postgres)
{
    if (!postgres)
        return;
    session_close(&postgres->session);
    PQclear(postgres->result);
    free_memory(postgres);
}

int postgres_fd(const struct postgres *postgres)
{
    return postgres->session.epoll_fd;
}

bool postgres_is_connected(const struct postgres *postgres)
{
    return postgres->session.state == SESSION_READY;
}

const char *postgres_trouble(const struct postgres *postgres)
{
    return postgres->session.trouble;
}

size_t postgres_room(const struct postgres *postgres)
{
    bool idle = !postgres->batch.count && postgres->handed == postgres->ready;
    return idle && postgres_is_connected(postgres) ? POSTGRES_BATCH_MAX : 0;
}

/* A reply for a member, to be filled in. */
static struct postgres_reply *reply_to(struct postgres *p, size_t member,
                                       enum postgres_outcome outcome)
{
    assert(p->ready < POSTGRES_BATCH_MAX);
    struct postgres_reply *reply = &p->replies[p->ready++];
    *reply = (struct postgres_reply){.tag = p->batch.tags[member], .outcome = outcome};
    return reply;
}

/* The replies to all that is left of the batch: one outcome for what was under way, UNSENT for what waited behind it. */
static void end_batch(struct postgres *p, enum postgres_outcome under_way)
{
    struct batch *b = &p->batch;
    for (size_t i = b->first; i < b->count; i++)
        (void)reply_to(p, i, i < b->first + b->len ? under_way : POSTGRES_UNSENT);
    b->count = 0;
}

/* A load changes nothing, so a lost one never happened. */
static void lose_batch(struct postgres *p)
{
    bool may_have_acted = p->batch.statement == STATEMENT_STORE && p->session.sent_whole;
    end_batch(p, may_have_acted ? POSTGRES_UNKNOWN : POSTGRES_UNSENT);
}

static void send_range(struct postgres *p)
{
    struct batch *b = &p->batch;
    if (b->statement == STATEMENT_LOAD)
        params_of_loads(&p->arrays, b->loads + b->first, b->len);
    else
        params_of_changes(&p->arrays, b->changes + b->first, b->len);
    if (session_send(&p->session, b->statement, &p->arrays))
        return;
    lose_batch(p);
    session_wake(&p->session);
}

static void begin_batch(struct postgres *p, enum statement statement, size_t count)
{
    assert(count > 0 && count <= postgres_room(p));
    PQclear(TAKE(p->result));
    p->ready = p->handed = 0;
    p->batch.statement = statement;
    p->batch.count = p->batch.len = count;
    p->batch.first = 0;
    p->batch.repeats = 0;
}

void postgres_load(struct postgres *postgres, const struct load *loads, size_t count)
{
    struct batch *b = &postgres->batch;
    begin_batch(postgres, STATEMENT_LOAD, count);
    for (size_t i = 0; i < count; i++) {
        b->tags[i] = loads[i].tag;
        b->loads[i] = loads[i];
        if (!loads[i].digest)
            continue;
        memcpy(b->digests[i], loads[i].digest, DIGEST_BYTES);
        b->loads[i].digest = b->digests[i];
    }
    send_range(postgres);
}

static int compare_str(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.at, b.at, len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_name(const struct change *change, struct str component, struct str authorizer)
{
    int order = compare_str(appid_str(&change->component), component);
    return order ? order : compare_str(appid_str(&change->authorizer), authorizer);
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
    begin_batch(postgres, STATEMENT_STORE, count);
    memcpy(sorted, stores, count * sizeof(*stores));
    qsort(sorted, count, sizeof(*sorted), compare_stores);
    arena_clear(&postgres->copies);
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || compare_stores(&sorted[i - 1], &sorted[i]) != 0);
        b->tags[i] = sorted[i].tag;
        copy_change(&postgres->copies, &b->changes[i], sorted[i].change);
    }
    send_range(postgres);
}

static void finish_loads(struct postgres *p, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        size_t member = p->batch.first + rows_member(result, row);
        int32_t *scopes = p->scopes[p->ready];
        struct postgres_reply *reply = reply_to(p, member, POSTGRES_LOADED);
        rows_loaded(reply, scopes, result, row);
        if (!authorizer_exists(&reply->row))
            reply->row.authorizer = p->batch.loads[member].authorizer;
    }
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
static void finish_stores(struct postgres *p, const PGresult *result)
{
    size_t start = p->ready;
    for (size_t i = 0; i < p->batch.len; i++)
        (void)reply_to(p, p->batch.first + i, POSTGRES_REFUSED);
    for (int row = 0; row < PQntuples(result); row++) {
        struct str component, authorizer;
        rows_written_name(&component, &authorizer, result, row);
        size_t member = find_change(&p->batch, component, authorizer);
        rows_written(&p->replies[start + member - p->batch.first], result, row);
    }
}

/* Goes on to the next member, where they go one by one. */
static void finish_range(struct postgres *p)
{
    struct batch *b = &p->batch;
    b->repeats = 0;
    b->first += b->len;
    if (b->first < b->count)
        send_range(p);
    else
        b->count = 0;
}

static void try_alone(struct postgres *p, const PGresult *error)
{
    struct batch *b = &p->batch;
    if (b->len > 1) {
        b->len = 1;
        send_range(p);
        return;
    }
    struct postgres_reply *reply = reply_to(p, b->first, POSTGRES_BROKEN);
    struct text detail = TEXT_IN(reply->detail);
    connection_error(&detail, error);
    (void)text_terminated(&detail);
    finish_range(p);
}

/* Again and again in vain: whoever asked waits for a while, and says so. */
static void repeat(struct postgres *p, const PGresult *error)
{
    if (p->batch.repeats++ < REPEATS_MAX) {
        send_range(p);
        return;
    }
    for (size_t i = 0; i < p->batch.len; i++) {
        struct postgres_reply *reply = reply_to(p, p->batch.first + i, POSTGRES_BROKEN);
        struct text detail = TEXT_IN(reply->detail);
        connection_error(&detail, error);
        (void)text_terminated(&detail);
    }
    finish_range(p);
}

/* A mere ERROR has undone the statement; what ends the session may have come after the commit. */
static void drop_session(struct postgres *p, const PGresult *error)
{
    const char *severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool undone = severity && strcmp(severity, "ERROR") == 0;
    session_drop(&p->session, error);
    if (undone)
        end_batch(p, POSTGRES_UNSENT);
    else
        lose_batch(p);
}

static void answer_error(struct postgres *p, const PGresult *error)
{
    switch (sqlstate_meaning(error)) {
    case SQLSTATE_ROW:
        try_alone(p, error);
        return;
    case SQLSTATE_REPEAT:
        repeat(p, error);
        return;
    case SQLSTATE_AWAY:
        drop_session(p, error);
        return;
    }
}

/* Takes the result: the replies view it. */
static void answer(struct postgres *p, PGresult *result)
{
    p->result = result;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        answer_error(p, result);
        return;
    }
    if (p->batch.statement == STATEMENT_LOAD)
        finish_loads(p, result);
    else
        finish_stores(p, result);
    finish_range(p);
}

static void advance(struct postgres *p)
{
    PGresult *result = NULL;
    PQclear(TAKE(p->result));
    p->ready = p->handed = 0;
    switch (session_advance(&p->session, &result)) {
    case SESSION_QUIET:
        return;
    case SESSION_ANSWERED:
        answer(p, result);
        return;
    case SESSION_LOST:
        lose_batch(p);
        return;
    }
}

size_t postgres_take(struct postgres *postgres, struct postgres_reply *replies, size_t room)
{
    if (postgres->handed == postgres->ready)
        advance(postgres);
    size_t left = postgres->ready - postgres->handed;
    size_t count = left < room ? left : room;
    memcpy(replies, postgres->replies + postgres->handed, count * sizeof(*replies));
    postgres->handed += count;
    return count;
}
