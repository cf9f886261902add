/*
 * Shared by the tests of the PostgreSQL adapter: a server, the adapter in the loop of a test, and
 * another program that works on the same tables.
 *
 * Start and stop once per binary, begin and end once per test. client_begin empties the tables and
 * waits until the adapter is connected. Every wait has a deadline; when it has passed, the test
 * fails.
 */
#pragma once

#include <libpq-fe.h>

#include "base/time.h"
#include "io/database.h"
#include "io/postgres/postgres.h"

struct statement;

struct postgres_client {
    struct database database;
    struct postgres *postgres; /* connected at the start of each test */
    PGconn *other;             /* the other program */
    PGconn *watcher; /* sees what the sessions do, even while `other` is in a transaction */
    struct postgres_reply replies[POSTGRES_BATCH_MAX];
};

/* The only client: cmocka's fixtures take no argument of ours before the test runs. */
struct postgres_client *client(void);

/* cmocka's fixtures. */
int client_start(void **state);
int client_stop(void **state);
int client_begin(void **state);
int client_end(void **state);

/* The other program. */
void other_connects(void);
void other_leaves(void);
void other_runs(const char *sql);
void other_prepares(const struct statement *statement);
int other_counts(const char *sql);
void other_ends_our_session(void);
void wait_until_ours_waits_for_a_lock(void);

/* The adapter. */
void open_it(void);
void migrate(void);
void wait_until_connected(void);
void wait_until_disconnected(void);

/* One turn of a loop: waits for the descriptor and takes what is there. Returns how many replies.
 * */
size_t turn(struct postgres_reply *at, size_t room);

/* Takes `count` replies. The replies of one statement come together, so what they view still
 * exists. */
void take(size_t count);
struct postgres_reply *reply_of(const void *tag);

/* A change of component wxc, with the tokens "access" and "refresh". */
struct change change_of(const char *authorizer, int64_t version_read);
struct appid appid(const char *name);

/* The tag of a request to store is its change. */
void store_all(const struct change *changes, size_t count);
enum postgres_outcome store(const struct change *change);
struct postgres_reply *load(const char *authorizer);

void assert_str(struct str view, const char *expected);
void assert_row_name(const struct postgres_reply *reply, const char *expected);
