#include "io/postgres/postgres.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "io/postgres/connection.h"
#include "io/postgres/internal.h"
#include "io/postgres/params.h"
#include "io/postgres/sqlstate.h"

/* So often the same is sent again when chance undid it; more often is no chance. */
enum { REPEATS_MAX = 8 };

static const struct {
    const struct arrays *(*params)(struct postgres *p);
    void (*finish)(struct postgres *p, const PGresult *result);
    enum postgres_outcome
        lost;       /* what becomes of those under way when they were sent, not answered */
    bool is_silent; /* only rows that come back make replies */
} kinds[STATEMENT_COUNT] = {
    [STATEMENT_LOAD] = {tokens_load_params, tokens_loaded,
                        POSTGRES_UNSENT}, /* it changes nothing */
    [STATEMENT_STORE] = {tokens_store_params, tokens_stored, POSTGRES_UNKNOWN},
    [STATEMENT_PARK] = {parking_park_params, parking_parked, POSTGRES_UNKNOWN},
    [STATEMENT_UNPARK] = {parking_unpark_params, parking_unparked, POSTGRES_UNKNOWN},
    [STATEMENT_TAKE_DUE] = {parking_take_due_params, parking_taken, .is_silent = true},
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
    for (size_t i = postgres->handed; i < postgres->ready; i++)
        free(postgres->replies[i].record);
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

struct postgres_reply *postgres_reply_to(struct postgres *postgres, size_t member,
                                         enum postgres_outcome outcome)
{
    assert(postgres->ready < POSTGRES_BATCH_MAX);
    struct postgres_reply *reply = &postgres->replies[postgres->ready++];
    *reply = (struct postgres_reply){.tag = postgres->batch.tags[member], .outcome = outcome};
    return reply;
}

/* The replies to all that is left of the batch: one outcome for what was under way, UNSENT for what waited behind it. */
static void end_batch(struct postgres *p, enum postgres_outcome under_way)
{
    struct batch *b = &p->batch;
    for (size_t i = b->first; i < b->count && !kinds[b->statement].is_silent; i++)
        (void)postgres_reply_to(p, i, i < b->first + b->len ? under_way : POSTGRES_UNSENT);
    b->count = 0;
}

static void lose_batch(struct postgres *p)
{
    end_batch(p, p->session.sent_whole ? kinds[p->batch.statement].lost : POSTGRES_UNSENT);
}

void postgres_send(struct postgres *postgres)
{
    enum statement statement = postgres->batch.statement;
    const struct arrays *params = kinds[statement].params(postgres);
    bool sent = session_send(&postgres->session, statement, params);
    free(TAKE(postgres->large.at));
    if (sent)
        return;
    lose_batch(postgres);
    session_wake(&postgres->session);
}

void postgres_begin(struct postgres *postgres, enum statement statement, size_t count)
{
    assert(count > 0 && count <= postgres_room(postgres));
    PQclear(TAKE(postgres->result));
    postgres->ready = postgres->handed = 0;
    struct batch *b = &postgres->batch;
    b->statement = statement;
    b->count = b->len = count;
    b->first = 0;
    b->repeats = 0;
}

/* Goes on to the next member, where they go one by one. */
static void finish_range(struct postgres *p)
{
    struct batch *b = &p->batch;
    b->repeats = 0;
    b->first += b->len;
    if (b->first < b->count)
        postgres_send(p);
    else
        b->count = 0;
}

static void break_range(struct postgres *p, const PGresult *error)
{
    struct batch *b = &p->batch;
    for (size_t i = 0; i < b->len; i++) { /* a silent one too: nobody else would say it */
        struct postgres_reply *reply = postgres_reply_to(p, b->first + i, POSTGRES_BROKEN);
        struct text detail = TEXT_IN(reply->detail);
        connection_error(&detail, error);
        (void)text_terminated(&detail);
    }
    finish_range(p);
}

static void try_alone(struct postgres *p, const PGresult *error)
{
    if (p->batch.len == 1) {
        break_range(p, error);
        return;
    }
    p->batch.len = 1;
    postgres_send(p);
}

/* Again and again in vain: whoever asked waits for a while, and says so. */
static void repeat(struct postgres *p, const PGresult *error)
{
    if (p->batch.repeats++ < REPEATS_MAX)
        postgres_send(p);
    else
        break_range(p, error);
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
    if (!session_is_well(result)) {
        answer_error(p, result);
        return;
    }
    kinds[p->batch.statement].finish(p, result);
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
