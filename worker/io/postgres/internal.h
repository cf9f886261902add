/*
 * The adapter's own state, for its files alone: the batch under way, and the replies that wait to be taken.
 *
 * postgres.c sends, repeats and answers any batch; the files that know what a batch holds (tokens.c and
 * parking.c) fill it, give its parameters and read what it brought.
 */
#pragma once

#include "base/arena.h"
#include "io/postgres/postgres.h"
#include "io/postgres/session.h"

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
    struct origin origins[POSTGRES_BATCH_MAX];
    struct change changes[POSTGRES_BATCH_MAX]; /* STORE: sorted by name */
    struct park parks[POSTGRES_BATCH_MAX];     /* PARK: sorted by origin */
    struct unpark unparks[POSTGRES_BATCH_MAX]; /* UNPARK: likewise */
};

struct postgres {
    struct session session;
    struct batch batch;
    struct arena copies;  /* of what the changes view */
    struct arrays arrays; /* of what is being sent */
    struct arrays large;  /* likewise, of PARK: made for each sending, since records may be large */
    PGresult *result;     /* what the replies view */
    size_t ready, handed; /* replies made, and of these taken */
    struct postgres_reply replies[POSTGRES_BATCH_MAX];
    int32_t scopes[POSTGRES_BATCH_MAX][SCOPES_MAX]; /* of the replies */
};

/* A batch of `count` members, none of them filled in yet. */
void postgres_begin(struct postgres *postgres, enum statement statement, size_t count);

/* Sends the members under way. */
void postgres_send(struct postgres *postgres);

/* A reply for a member, to be filled in. */
struct postgres_reply *postgres_reply_to(struct postgres *postgres, size_t member,
                                         enum postgres_outcome outcome);

/* An order of names, for batches that lock rows: two workers lock in the same one. */
static inline int postgres_compare(struct str a, struct str b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Of the members under way: their parameters, until the next sending, and the replies that a good answer makes. */
const struct arrays *tokens_load_params(struct postgres *postgres);
const struct arrays *tokens_store_params(struct postgres *postgres);
void tokens_loaded(struct postgres *postgres, const PGresult *result);
void tokens_stored(struct postgres *postgres, const PGresult *result);

const struct arrays *parking_park_params(struct postgres *postgres);
const struct arrays *parking_unpark_params(struct postgres *postgres);
const struct arrays *parking_take_due_params(struct postgres *postgres);
void parking_parked(struct postgres *postgres, const PGresult *result);
void parking_unparked(struct postgres *postgres, const PGresult *result);
void parking_taken(struct postgres *postgres, const PGresult *result);
