#include "io/postgres/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "io/postgres/connection.h"
#include "io/postgres/sqlstate.h"

/* How often a statement is sent again after a deadlock or the like. More failures than this are not
 * bad luck. */
enum { REPEATS_MAX = 8 };

size_t batch_room(const struct channel *channel)
{
    bool is_idle = !channel->batch.count && channel->handed == channel->ready;
    return is_idle && channel->session.state == SESSION_READY ? POSTGRES_BATCH_MAX : 0;
}

struct postgres_reply *batch_reply(struct channel *channel, size_t member)
{
    const struct batch *b = &channel->batch;
    assert(channel->ready < POSTGRES_BATCH_MAX);
    struct postgres_reply *reply = &channel->replies[channel->ready++];
    *reply = (struct postgres_reply){.statement = b->number, .tag = b->tags[member]};
    return reply;
}

void batch_reply_to_all(struct channel *channel, const PGresult *result)
{
    (void)result;
    for (size_t i = 0; i < channel->batch.len; i++)
        (void)batch_reply(channel, channel->batch.first + i);
}

/* Replies to all that is left of the batch: `under_way` for the members in flight, UNSENT for those
 * that waited. */
static void end_batch(struct channel *channel, enum postgres_outcome under_way)
{
    struct batch *b = &channel->batch;
    for (size_t i = b->first; i < b->count && !b->statement->is_silent; i++)
        batch_reply(channel, i)->outcome = i < b->first + b->len ? under_way : POSTGRES_UNSENT;
    b->count = 0;
}

void batch_lose(struct channel *channel)
{
    if (channel->batch.count)
        end_batch(channel,
                  channel->session.sent_whole ? channel->batch.statement->lost : POSTGRES_UNSENT);
}

void batch_send(struct channel *channel)
{
    const struct statement *statement = channel->batch.statement;
    const struct columns *params = statement->params(channel);
    bool is_sent = session_send(&channel->session, statement->name, params);
    free(TAKE(channel->large.at));
    if (is_sent)
        return;
    batch_lose(channel);
    session_wake(&channel->session);
}

void batch_begin(struct channel *channel, enum postgres_statement number,
                 const struct statement *statement, size_t count)
{
    assert(count > 0);
    assert(count <= batch_room(channel));
    PQclear(TAKE(channel->result));
    channel->ready = channel->handed = 0;
    struct batch *b = &channel->batch;
    b->number = number;
    b->statement = statement;
    b->count = b->len = count;
    b->first = 0;
    b->repeats = 0;
}

/* Goes on to the next member if the members are tried one by one. */
static void finish_range(struct channel *channel)
{
    struct batch *b = &channel->batch;
    b->repeats = 0;
    b->first += b->len;
    if (b->first < b->count)
        batch_send(channel);
    else
        b->count = 0;
}

static void break_range(struct channel *channel, const PGresult *error)
{
    struct batch *b = &channel->batch;
    /* A silent statement replies too: nothing else would report the error. */
    for (size_t i = 0; i < b->len; i++) {
        struct postgres_reply *reply = batch_reply(channel, b->first + i);
        struct text detail = TEXT_IN(reply->detail);
        reply->outcome = POSTGRES_BROKEN;
        connection_error(&detail, error);
        (void)text_terminated(&detail);
    }
    finish_range(channel);
}

static void try_alone(struct channel *channel, const PGresult *error)
{
    if (channel->batch.len == 1) {
        break_range(channel, error);
        return;
    }
    channel->batch.len = 1;
    batch_send(channel);
}

/* If repeating does not help, the members are BROKEN: they back off, and the loop logs why. */
static void repeat(struct channel *channel, const PGresult *error)
{
    if (channel->batch.repeats++ < REPEATS_MAX)
        batch_send(channel);
    else
        break_range(channel, error);
}

/* An ERROR has undone the statement. Anything that ends the session may have come after the
 * commit. */
static void drop_session(struct channel *channel, const PGresult *error)
{
    const char *severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool is_undone = severity && strcmp(severity, "ERROR") == 0;
    session_drop(&channel->session, error);
    if (is_undone)
        end_batch(channel, POSTGRES_UNSENT);
    else
        batch_lose(channel);
}

static void answer_error(struct channel *channel, const PGresult *error)
{
    switch (sqlstate_meaning(error)) {
    case SQLSTATE_ROW:
        try_alone(channel, error);
        return;
    case SQLSTATE_REPEAT:
        repeat(channel, error);
        return;
    case SQLSTATE_AWAY:
        drop_session(channel, error);
        return;
    }
}

void batch_answer(struct channel *channel, const PGresult *result)
{
    if (!session_is_ok(result)) {
        answer_error(channel, result);
        return;
    }
    channel->batch.statement->finish(channel, result);
    finish_range(channel);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int batch_compare_origins(const struct origin *a, const struct origin *b)
{
    int order = batch_compare(a->topic, b->topic);
    if (!order)
        order = compare_numbers(a->partition, b->partition);
    if (!order)
        order = compare_numbers(a->offset, b->offset);
    return order ? order : compare_numbers(a->timestamp_ms, b->timestamp_ms);
}
