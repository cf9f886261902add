#include "io/postgres/postgres.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "io/postgres/internal.h"

/* Frees everything but the session. */
static void free_memory(struct postgres *postgres)
{
    free(postgres->channel.copies.at);
    free(postgres->channel.columns.at);
    free(postgres);
}

/* Allocates enough for the largest batch, once. Untouched pages cost nothing. */
static struct postgres *allocate(struct err *err)
{
    /* Each row has two tokens, the scopes in decimal, names and numbers. */
    enum { PARAMS_BYTES_MAX = POSTGRES_BATCH_MAX * (2 * TOKEN_LEN_MAX + 13 * SCOPES_MAX + 1024) };
    enum { COPIES_BYTES_MAX = POSTGRES_BATCH_MAX * ROW_BYTES_MAX };
    struct postgres *postgres = calloc(1, sizeof(*postgres));
    if (!postgres) {
        (void)err_set(err, ERR_UNAVAILABLE, "out of memory");
        return NULL;
    }
    struct channel *channel = &postgres->channel;
    channel->copies = (struct arena){.at = malloc(COPIES_BYTES_MAX), .max = COPIES_BYTES_MAX};
    channel->columns = (struct columns){.at = malloc(PARAMS_BYTES_MAX), .max = PARAMS_BYTES_MAX};
    if (channel->copies.at && channel->columns.at)
        return postgres;
    free_memory(postgres);
    (void)err_set(err, ERR_UNAVAILABLE, "out of memory");
    return NULL;
}

bool postgres_open(struct postgres **postgres, const char *conninfo, struct err *err)
{
    struct postgres *opened = allocate(err);
    if (!opened)
        return false;
    if (!session_open(&opened->channel.session, conninfo, statement_at, err)) {
        free_memory(opened);
        return false;
    }
    *postgres = opened;
    return true;
}

void postgres_close(struct postgres *postgres)
{
    if (!postgres)
        return;
    struct channel *channel = &postgres->channel;
    session_close(&channel->session);
    PQclear(channel->result);
    for (size_t i = channel->handed; i < channel->ready; i++)
        free(channel->replies[i].record);
    free_memory(postgres);
}

int postgres_fd(const struct postgres *postgres)
{
    return postgres->channel.session.epoll_fd;
}

bool postgres_is_connected(const struct postgres *postgres)
{
    return postgres->channel.session.state == SESSION_READY;
}

const char *postgres_trouble(const struct postgres *postgres)
{
    return postgres->channel.session.trouble;
}

size_t postgres_room(const struct postgres *postgres)
{
    return batch_room(&postgres->channel);
}

static void advance(struct channel *channel)
{
    PGresult *result = NULL;
    PQclear(TAKE(channel->result));
    channel->ready = channel->handed = 0;
    switch (session_advance(&channel->session, &result)) {
    case SESSION_QUIET:
        return;
    case SESSION_ANSWERED:
        channel->result = result; /* the replies view it */
        batch_answer(channel, result);
        return;
    case SESSION_LOST:
        batch_lose(channel);
        return;
    }
}

size_t postgres_take(struct postgres *postgres, struct postgres_reply *replies, size_t room)
{
    struct channel *channel = &postgres->channel;
    if (channel->handed == channel->ready)
        advance(channel);
    size_t left = channel->ready - channel->handed;
    size_t count = left < room ? left : room;
    memcpy(replies, channel->replies + channel->handed, count * sizeof(*replies));
    channel->handed += count;
    return count;
}
