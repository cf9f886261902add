#include "io/roles_scene.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/database.h"
#include "io/postgres/schema.h"

static struct database the_database;

struct url url_of(const char *user, const char *database)
{
    struct url url;
    (void)snprintf(url.at, sizeof(url.at), "postgresql://%s@127.0.0.1:%s/%s", user,
                   the_database.port, database);
    return url;
}

PGconn *connect_as(const char *user, const char *database)
{
    PGconn *conn = PQconnectdb(url_of(user, database).at);
    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    return conn;
}

const char *state_after(char state[6], PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    const char *said = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    (void)snprintf(state, 6, "%s", said ? said : "");
    PQclear(result);
    return state;
}

void run(const char *sql)
{
    PGconn *conn = connect_as("postgres", "postgres");
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

int count_in(const char *database, const char *sql)
{
    PGconn *conn = connect_as("postgres", database);
    PGresult *result = PQexec(conn, sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    int number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(conn);
    return number;
}

int count_roles(void)
{
    return count_in("postgres", "SELECT count(*)"
                                "  FROM pg_roles"
                                " WHERE rolname IN ('wxtoken_worker', 'wxtoken_reader',"
                                "                   'wxtoken_component')"
                                "   AND NOT rolcanlogin");
}

char *said_migrating_as(const char *user, const char *database)
{
    struct err err = {0};
    char *said = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&said, &len);
    bool done = schema_migrate(url_of(user, database).at, out, &err);
    (void)fclose(out);
    if (done)
        return said;
    print_message("%s\n", err.text);
    free(said);
    return NULL;
}

bool migrate_as(const char *user, const char *database)
{
    char *said = said_migrating_as(user, database);
    free(said);
    return said;
}

static void grant_to_users(void)
{
    run("GRANT wxtoken_worker TO a_worker;"
        "GRANT wxtoken_reader TO a_reader;"
        "GRANT wxtoken_component TO a_component");
}

/* cmocka's fixtures. */

int roles_start(void **state)
{
    (void)state;
    database_start(&the_database);
    run("CREATE ROLE a_worker LOGIN; CREATE ROLE a_reader LOGIN; CREATE ROLE a_component LOGIN;"
        "CREATE ROLE a_stranger LOGIN; CREATE ROLE a_migrator LOGIN");
    run("CREATE DATABASE own");
    return 0;
}

int roles_stop(void **state)
{
    (void)state;
    database_remove(&the_database);
    return 0;
}

/* Begins with no role, no schema, and an empty database for a_migrator. */
int roles_begin(void **state)
{
    (void)state;
    run("DROP DATABASE own WITH (FORCE)");
    run("SET client_min_messages = error; DROP SCHEMA IF EXISTS wxtoken CASCADE;"
        "DROP ROLE IF EXISTS wxtoken_worker, wxtoken_reader, wxtoken_component;"
        "ALTER ROLE a_migrator NOCREATEROLE");
    run("CREATE DATABASE own");
    run("GRANT CREATE ON DATABASE own TO a_migrator");
    return 0;
}

int roles_begin_migrated(void **state)
{
    (void)roles_begin(state);
    assert_true(migrate_as("postgres", "postgres"));
    grant_to_users();
    return 0;
}
