/*
 * One session with the database, the batch that is under way on it, and the replies that wait to be taken.
 *
 * A batch is one transaction. If one bad row fails it, each of its members is tried alone: the members under way are
 * [first, first + len), which is all of them or one. Private to io/postgres/; the files of the statements fill a batch, write
 * its parameters and read what it brought.
 */
#pragma once

#include "base/arena.h"
#include "io/postgres/session.h"
#include "io/postgres/statement.h"

struct batch {
    const struct statement *statement;
    enum postgres_statement number;
    size_t count; /* 0: no batch */
    size_t first, len;
    int repeats;
    void *tags[POSTGRES_BATCH_MAX];
    union {
        struct {
            struct load at[POSTGRES_BATCH_MAX];
            uint8_t digests[POSTGRES_BATCH_MAX][DIGEST_BYTES];
            struct origin origins[POSTGRES_BATCH_MAX];
        } loads;
        struct change changes[POSTGRES_BATCH_MAX]; /* sorted by name */
        struct park parks[POSTGRES_BATCH_MAX];     /* sorted by origin */
        struct unpark unparks[POSTGRES_BATCH_MAX]; /* sorted by origin */
        struct {
            struct str topics[POSTGRES_TOPICS_MAX];
            size_t topic_count, count_max;
            ms_t lease_ms;
        } claim;
    };
};

struct channel {
    struct session session;
    struct batch batch;
    struct arena copies;    /* of what the changes view */
    struct columns columns; /* of what is being sent */
    struct columns
        large;        /* the same, for PARK: made for each sending, because records may be large */
    PGresult *result; /* what the replies view */
    size_t ready, handed; /* replies made, and of these taken */
    struct postgres_reply replies[POSTGRES_BATCH_MAX];
    int32_t scopes[POSTGRES_BATCH_MAX][SCOPES_MAX]; /* of the replies */
};

/* How many a batch may hold now: POSTGRES_BATCH_MAX, or 0 while one is under way or there is no connection. */
size_t batch_room(const struct channel *channel);

/* A batch of `count` members, which the caller then fills in. */
void batch_begin(struct channel *channel, enum postgres_statement number,
                 const struct statement *statement, size_t count);

/* Sends the members under way. */
void batch_send(struct channel *channel);

/* Makes a reply for a member, DONE, to be filled in. */
struct postgres_reply *batch_reply(struct channel *channel, size_t member);

/* Makes a reply for each member under way: DONE. What a statement without rows comes to. */
void batch_reply_to_all(struct channel *channel, const PGresult *result);

/* The answer to the members under way has come; the replies view it. */
void batch_answer(struct channel *channel, const PGresult *result);

/* The connection is gone, and with it the members under way. */
void batch_lose(struct channel *channel);

/* An order of names, for batches that lock rows: two workers lock in the same order. */
static inline int batch_compare(struct str a, struct str b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The same, for origins. */
int batch_compare_origins(const struct origin *a, const struct origin *b);
