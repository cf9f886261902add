/*
 * PostgreSQL: loads, fenced stores and parking in batches over one connection that never blocks the loop.
 *
 * A short-lived thread connects (libpq resolves names and may block) and hands the connection over by eventfd; while there
 * is none, the room is 0 and what was under way comes back. One statement is under way at a time; what waits meanwhile is
 * the next batch. A batch is one transaction: where one bad row fails it, each of its members is tried alone, so that the
 * neighbours are not harmed. Each statement has a file of its own. synchronous_commit is on.
 * Ownership: postgres_open's result ends with postgres_close. Errors: replies, never a failed adapter.
 */
#pragma once

#include "base/err.h"
#include "base/time.h"
#include "model/authorizer.h"
#include "model/change.h"
#include "model/parked.h"
#include "model/record.h"

struct postgres;

enum { POSTGRES_BATCH_MAX = 256, POSTGRES_TOPICS_MAX = 8 };

struct load {
    void *tag;
    struct appid component;
    struct appid authorizer; /* may be unknown if there is a digest */
    const uint8_t *
        digest; /* DIGEST_BYTES, or NULL: the row of that code comes first, else the authorizer's */
    const struct origin *
        origin; /* asked whether it is parked; NULL: not asked. Its topic's name lives as long as the process */
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
    const struct parked *parked; /* but not its revision and parked_at_us, which are the table's */
    ms_t wait_ms;                /* until it is due, by the database's clock */
    const char *reason;          /* a constant sentence, for people */
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
    POSTGRES_BROKEN,  /* this row alone cannot be written or read: see detail */
    POSTGRES_UNSENT,  /* the database went away; surely nothing happened (as with every load) */
    POSTGRES_UNKNOWN, /* the database went away after sending: the change may have happened */
};

struct postgres_reply {
    enum postgres_statement statement;
    enum postgres_outcome outcome;
    void *tag; /* CLAIM_DUE: NULL */

    /* LOAD, DONE: views until the next call. An absent row has VERSION_ABSENT and the name asked for; a token at NULL means
     * that there is no row in wxtoken.component, or null in it. */
    struct authorizer row;
    struct str component_token; /* secret */
    bool is_parked;             /* the table has a row of exactly the origin asked for */

    /* STORE, DONE */
    int64_t version;
    int64_t updated_at_us;

    /* CLAIM_DUE, DONE. A row of UNPARK that is DONE may be somebody else's now: then it stays, with another revision. */
    struct record *record; /* the caller's to free() */
    struct parked parked;

    char detail[200]; /* BROKEN: SQLSTATE and message, or column and origin; terminated */
};

/* Does not wait for the connection. `conninfo` may be "" (libpq's environment). */
MUST_USE bool postgres_open(struct postgres **postgres, const char *conninfo, struct err *err);
void postgres_close(struct postgres *postgres);

/* Readable when postgres_take has something to do. Stays the same from open to close. */
int postgres_fd(const struct postgres *postgres);

/* Whether there is a connection; where not, why (for the log; terminated, no secrets, "" while connected). */
bool postgres_is_connected(const struct postgres *postgres);
const char *postgres_trouble(const struct postgres *postgres);

/* How many a batch may hold now: POSTGRES_BATCH_MAX when idle, else 0. */
size_t postgres_room(const struct postgres *postgres);

/* Sends one batch; count <= postgres_room(), > 0. Everything is copied. Each tag comes back once. */
void postgres_load(struct postgres *postgres, const struct load *loads, size_t count);

/* Likewise. No two of one batch name the same row (asserted). */
void postgres_store(struct postgres *postgres, const struct store *stores, size_t count);

/*
 * Likewise. Lays records aside, or renews what is known of those that are: a debt is never cleared by it, the first
 * parked_at and the earliest first_seen stay. The parameters are built in memory of their own: the caller bounds how many
 * bytes of records come together.
 */
void postgres_park(struct postgres *postgres, const struct park *parks, size_t count);

/* Likewise. Deletes rows whose revision is still the given one. */
void postgres_unpark(struct postgres *postgres, const struct unpark *unparks, size_t count);

/*
 * Claims at most `count_max` (<= POSTGRES_BATCH_MAX) rows of these topics that are due, the longest due first, and makes
 * them due again in `lease_ms`: should this process end, another claims them then. The topics' names live as long as the
 * process. One reply for each row: DONE, or BROKEN for a row that cannot be read back, which stays. One BROKEN reply if the
 * claiming itself is refused. No reply if nothing is due, or if the database goes away: postgres_room() tells when it is
 * over.
 */
void postgres_claim_due(struct postgres *postgres, const struct str *topics, size_t topic_count,
                        size_t count_max, ms_t lease_ms);

/* Moves on (connecting, sending, reading) and takes at most `room` replies. To be called until it gives fewer than asked. */
size_t postgres_take(struct postgres *postgres, struct postgres_reply *replies, size_t room);
