/*
 * PostgreSQL: loads, fenced stores and parking, in batches over one connection that never blocks
 * the loop.
 *
 * A short-lived thread connects, because libpq resolves names and may block, and hands the
 * connection over by eventfd. While there is no connection, the room is 0; members that were in
 * flight come back. One statement is in flight at a time, and the jobs that wait meanwhile are the
 * next batch. A batch is one transaction. If one bad row fails it, each of its members is tried
 * alone, so that the others are not harmed. Each statement has a file of its own.
 * synchronous_commit is on. Ownership: postgres_close frees the result of postgres_open. Errors:
 * replies; the adapter itself never fails.
 */
#pragma once

#include "base/err.h"
#include "base/time.h"
#include "model/authorizer.h"
#include "model/change.h"
#include "model/parked.h"
#include "model/record.h"

struct postgres;

enum { POSTGRES_BATCH_MAX = 256, POSTGRES_LEFT_ALONE_MAX = 64 };

struct load {
    void *tag;
    struct appid component;
    struct appid authorizer; /* may be unknown if there is a digest */
    /* DIGEST_BYTES, or NULL. The row that has the digest comes before the authorizer's. */
    const uint8_t *digest;
    /* Of the record, or NULL if the load asks nothing about it. The name of its topic lives as long
     * as the process. */
    const struct origin *origin;
    bool asks_parked; /* the load says if the record is parked */
    bool asks_served; /* ... and if another refresh of the authorizer is */
};

/* What to claim. */
struct claim {
    struct str topics[INPUT_KINDS]; /* live as long as the process */
    size_t topic_count;
    struct appid left_alone[POSTGRES_LEFT_ALONE_MAX]; /* components of which nothing is claimed */
    size_t left_alone_count;
    size_t count_max; /* <= POSTGRES_BATCH_MAX */
    ms_t lease_ms;
};

struct store {
    void *tag;
    const struct change *change;
};

/* `record`, `parked` and `reason` are borrowed until the reply. */
struct park {
    void *tag;
    struct appid component; /* may be unknown */
    const struct record *record;
    /* Without its revision and parked_at_us: the table has these two. */
    const struct parked *parked;
    ms_t wait_ms;       /* until the record is due, by the database's clock */
    const char *reason; /* a constant sentence, for people */
};

struct unpark {
    void *tag;
    const struct origin *origin; /* borrowed until the reply */
    int64_t revision;
};

enum postgres_statement {
#define STATEMENT(NAME, name) POSTGRES_##NAME,
#include "io/postgres/statements.def"
#undef STATEMENT
};

enum postgres_outcome {
    POSTGRES_DONE,
    POSTGRES_STALE,   /* STORE: the row has another version, or exists already */
    POSTGRES_BROKEN,  /* this row alone cannot be written or read: detail says why */
    POSTGRES_UNSENT,  /* the database went away; surely nothing has changed (as with every load) */
    POSTGRES_UNKNOWN, /* the database went away after the sending: the change may have happened */
};

struct postgres_reply {
    enum postgres_statement statement;
    enum postgres_outcome outcome;
    void *tag; /* CLAIM_DUE: NULL */

    /* LOAD, DONE: views that are valid until the next call. An absent row has VERSION_ABSENT and
     * the authorizer asked for. A component_token at NULL means that wxtoken.component has no row,
     * or null in it. */
    struct authorizer row;
    struct str component_token; /* secret */
    bool is_parked;             /* wxtoken.parked has a row of exactly the origin asked for */
    bool is_served;             /* ... and of another refresh that serves this one */

    /* STORE, DONE */
    int64_t version;
    int64_t updated_at_us;

    /* CLAIM_DUE, DONE. (UNPARK, DONE: the row is deleted, or stays with another revision.) */
    struct record *record; /* the caller frees it with free() */
    struct parked parked;

    char detail[200]; /* BROKEN: SQLSTATE and message, or column and origin; terminated */
};

/* Does not wait for the connection. `conninfo` may be "": libpq's own environment. */
MUST_USE bool postgres_open(struct postgres **postgres, const char *conninfo, struct err *err);
void postgres_close(struct postgres *postgres);

/* The descriptor is readable when postgres_take has something to do. It stays the same from open to
 * close. */
int postgres_fd(const struct postgres *postgres);

/* Returns true if there is a connection that is ready for statements. */
bool postgres_is_connected(const struct postgres *postgres);

/* Says why there is no connection, for the log: terminated, without secrets, "" while connected. */
const char *postgres_trouble(const struct postgres *postgres);

/* Returns how many members a batch may have now: POSTGRES_BATCH_MAX when idle, else 0. */
size_t postgres_room(const struct postgres *postgres);

/* Sends one batch of 0 < count <= postgres_room() members. Everything is copied. Each tag comes
 * back once. */
void postgres_load(struct postgres *postgres, const struct load *loads, size_t count);

/* Sends a batch, as postgres_load does. No two members of a batch may name the same row
 * (asserted). */
void postgres_store(struct postgres *postgres, const struct store *stores, size_t count);

/*
 * Sends a batch, as postgres_load does, except for what struct park borrows. Parks records, or
 * updates what is known of those that are parked already. An update never clears a debt, and keeps
 * the first parked_at and the earliest first_seen.
 *
 * The parameters are built in memory of their own: the caller bounds how many bytes of records come
 * together.
 */
void postgres_park(struct postgres *postgres, const struct park *parks, size_t count);

/* Sends a batch, as postgres_load does, except for what struct unpark borrows. Deletes rows that
 * still have the given revision. */
void postgres_unpark(struct postgres *postgres, const struct unpark *unparks, size_t count);

/*
 * Claims at most `count_max` rows that are due, as evenly from all components as there are rows. A
 * claim makes a row due again in `lease_ms`: if this process ends, another claims it then.
 *
 * Each row has one reply: DONE, or BROKEN for a row that cannot be read back, which stays. If the
 * claim itself is refused, there is one BROKEN reply. If nothing is due or the database goes away,
 * there is no reply: postgres_room() shows when the claim is over.
 */
void postgres_claim_due(struct postgres *postgres, const struct claim *claim);

/* Moves on (connecting, sending, reading) and takes at most `room` replies. Call it until it
 * returns fewer than `room`. */
size_t postgres_take(struct postgres *postgres, struct postgres_reply *replies, size_t room);
