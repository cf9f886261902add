/*
 * One session with the database, the batch that is in flight on it, and the replies that wait to be
 * taken.
 *
 * A batch is one transaction. If one bad row fails it, each of its members is tried alone: the
 * members in flight are [first, first + len), which is all of them or one. Private to io/postgres/:
 * the statements' files fill a batch, write its parameters and read its answer.
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
        struct claim claim;
    };
};

struct channel {
    struct session session;
    struct batch batch;
    struct arena copies;    /* of the strings that the changes view */
    struct columns columns; /* the parameters being sent */
    struct columns large;   /* those of PARK, allocated per sending: records may be large */
    PGresult *result;       /* the answer that the replies view */
    size_t ready, handed;   /* replies made, and how many of them are taken */
    struct postgres_reply replies[POSTGRES_BATCH_MAX];
    int32_t scopes[POSTGRES_BATCH_MAX][SCOPES_MAX]; /* of the replies */
};

/* Returns how many members a batch may have now: POSTGRES_BATCH_MAX, or 0 while a batch is in
 * flight, replies wait to be taken or there is no connection. */
size_t batch_room(const struct channel *channel);

/* Begins a batch of `count` members, which the caller then fills in. */
void batch_begin(struct channel *channel, enum postgres_statement number,
                 const struct statement *statement, size_t count);

/* Sends the members [first, first + len). */
void batch_send(struct channel *channel);

/* Makes a reply for a member. Its outcome is DONE, and the caller fills in the rest. */
struct postgres_reply *batch_reply(struct channel *channel, size_t member);

/* Makes a reply with the outcome DONE for each member in flight: the answer of a statement without
 * rows. */
void batch_reply_to_all(struct channel *channel, const PGresult *result);

/* Handles the answer to the members in flight. The replies view it. */
void batch_answer(struct channel *channel, const PGresult *result);

/* Handles the loss of the connection, which ends the batch. */
void batch_lose(struct channel *channel);

/* Orders names for batches that lock rows, so that two workers lock rows in the same order. */
static inline int batch_compare(struct str a, struct str b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Orders origins for the same purpose. */
int batch_compare_origins(const struct origin *a, const struct origin *b);
