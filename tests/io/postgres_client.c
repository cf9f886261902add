#include "io/postgres_client.h"

#include "test.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "io/postgres/schema.h"
#include "io/postgres/statement.h"

enum { DEADLINE_MS = 20000 };

static struct postgres_client the_client;

struct postgres_client *client(void)
{
    return &the_client;
}

/* The other program. */

void other_connects(void)
{
    the_client.other = PQconnectdb(the_client.database.url);
    the_client.watcher = PQconnectdb(the_client.database.url);
}

void other_leaves(void)
{
    PQfinish(the_client.other);
    PQfinish(the_client.watcher);
}

void other_runs(const char *sql)
{
    PGresult *result = PQexec(the_client.other, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(the_client.other));
    PQclear(result);
}

static int count_of(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(conn));
    int number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

void other_prepares(const struct statement *statement)
{
    PGresult *result = PQprepare(the_client.other, statement->name, statement->sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s", PQerrorMessage(the_client.other));
    PQclear(result);
}

int other_counts(const char *sql)
{
    return count_of(the_client.other, sql);
}

/* The adapter's sessions are named wxtoken. */
#define OURS "pg_stat_activity WHERE application_name = 'wxtoken'"

void wait_until_ours_waits_for_a_lock(void)
{
    static const char waiting[] = "SELECT count(*) FROM " OURS " AND wait_event_type = 'Lock'";
    ms_t deadline = clock_monotonic_ms() + DEADLINE_MS;
    while (!count_of(the_client.watcher, waiting))
        assert_true(clock_monotonic_ms() < deadline);
}

void other_ends_our_session(void)
{
    assert_int_equal(
        count_of(the_client.watcher, "SELECT count(pg_terminate_backend(pid)) FROM " OURS), 1);
}

/* The adapter, as the loop uses it. */

size_t turn(struct postgres_reply *at, size_t room)
{
    struct pollfd wait = {.fd = postgres_fd(the_client.postgres), .events = POLLIN};
    if (poll(&wait, 1, DEADLINE_MS) != 1)
        fail_msg("the descriptor was not readable in time: %s",
                 postgres_trouble(the_client.postgres));
    return postgres_take(the_client.postgres, at, room);
}

void take(size_t count)
{
    for (size_t taken = 0; taken < count;)
        taken += turn(the_client.replies + taken, count - taken);
}

void wait_until_connected(void)
{
    ms_t deadline = clock_monotonic_ms() + DEADLINE_MS;
    while (!postgres_is_connected(the_client.postgres)) {
        assert_int_equal(postgres_room(the_client.postgres), 0);
        assert_int_equal(turn(the_client.replies, 1), 0);
        assert_true(clock_monotonic_ms() < deadline);
    }
}

void wait_until_disconnected(void)
{
    while (postgres_is_connected(the_client.postgres))
        assert_int_equal(turn(the_client.replies, 1), 0);
}

struct postgres_reply *reply_of(const void *tag)
{
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++) {
        if (the_client.replies[i].tag == tag)
            return &the_client.replies[i];
    }
    fail_msg("no reply");
    return NULL;
}

struct appid appid(const char *name)
{
    struct appid appid = {0};
    assert_true(appid_set(&appid, str_of(name)));
    return appid;
}

struct change change_of(const char *authorizer, int64_t version_read)
{
    return (struct change){
        .component = appid("wxc"),
        .authorizer = appid(authorizer),
        .version_read = version_read,
        .access_token = STR("access"),
        .refresh_token = STR("refresh"),
    };
}

void store_all(const struct change *changes, size_t count)
{
    struct store stores[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        stores[i] = (struct store){.tag = (void *)&changes[i], .change = &changes[i]};
    postgres_store(the_client.postgres, stores, count);
}

enum postgres_outcome store(const struct change *change)
{
    store_all(change, 1);
    take(1);
    assert_ptr_equal(the_client.replies[0].tag, change);
    return the_client.replies[0].outcome;
}

struct postgres_reply *load(const char *authorizer)
{
    struct load wanted = {
        .tag = &wanted, .component = appid("wxc"), .authorizer = appid(authorizer)};
    postgres_load(the_client.postgres, &wanted, 1);
    take(1);
    assert_ptr_equal(the_client.replies[0].tag, &wanted);
    return &the_client.replies[0];
}

void assert_str(struct str view, const char *expected)
{
    assert_int_equal(view.len, strlen(expected));
    assert_memory_equal(view.at, expected, view.len);
}

void assert_row_name(const struct postgres_reply *reply, const char *expected)
{
    assert_str(appid_str(&reply->row.authorizer), expected);
}

void open_it(void)
{
    struct err err = {0};
    if (!postgres_open(&the_client.postgres, the_client.database.url, &err))
        fail_msg("%s", err.text);
}

void migrate(void)
{
    struct err err = {0};
    FILE *out = fopen("/dev/null", "w");
    bool done = schema_migrate(the_client.database.url, out, &err);
    (void)fclose(out);
    assert_true(done);
}

int client_start(void **state)
{
    (void)state;
    database_start(&the_client.database);
    migrate();
    return 0;
}

int client_stop(void **state)
{
    (void)state;
    database_remove(&the_client.database);
    return 0;
}

int client_begin(void **state)
{
    (void)state;
    other_connects();
    other_runs("TRUNCATE wxtoken.component, wxtoken.authorizer, wxtoken.parked");
    memset(the_client.replies, 0, sizeof(the_client.replies));
    open_it();
    wait_until_connected();
    return 0;
}

int client_end(void **state)
{
    (void)state;
    postgres_close(the_client.postgres);
    the_client.postgres = NULL;
    other_leaves();
    return 0;
}
