#include "test.h"

#include <string.h>

#include "io/postgres/statement.h"
#include "io/roles_scene.h"
#include "io/postgres/schema.h"

#define PUBLIC_COLUMNS                                                                             \
    "component_appid, authorizer_appid, status, authorizer_access_token,"                          \
    " authorizer_refresh_token, expires_at, refresh_due_at, func_scopes, version, authorized_at,"  \
    " last_errcode, last_rid, updated_at"

/* What each role may do. */

/* All that `role` may do in schema wxtoken, one table a line; columns where it may not do it to
 * the whole table. */
static const char all_rights[] =
    "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '')"
    "  FROM (SELECT c.relname || ': ' || string_agg(p, ' ' ORDER BY at) AS line"
    "          FROM pg_class AS c,"
    "               unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[])"
    "               WITH ORDINALITY AS privileges (p, at)"
    "         WHERE c.relnamespace = 'wxtoken'::regnamespace"
    "           AND c.relkind <> 'i'"
    "           AND has_table_privilege($1, c.oid, p)"
    "         GROUP BY c.relname"
    "         UNION ALL "
    "        SELECT c.relname || ' ' || p || ': ' || string_agg(a.attname, ', ' ORDER BY a.attnum)"
    "          FROM pg_class AS c"
    "          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0,"
    "               unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS p"
    "         WHERE c.relnamespace = 'wxtoken'::regnamespace"
    "           AND c.relkind <> 'i'"
    "           AND NOT has_table_privilege($1, c.oid, p)"
    "           AND has_column_privilege($1, c.oid, a.attnum, p)"
    "         GROUP BY c.relname, p"
    "         UNION ALL "
    "        SELECT 'schema: ' || p"
    "          FROM unnest('{CREATE,USAGE}'::text[]) AS p"
    "         WHERE has_schema_privilege($1, 'wxtoken', p)"
    "         UNION ALL "
    "        SELECT 'function: ' || f.proname"
    "          FROM pg_proc AS f"
    "         WHERE f.pronamespace = 'wxtoken'::regnamespace"
    "           AND has_function_privilege($1, f.oid, 'EXECUTE')) AS rights (line)";

static void assert_rights(const char *user, const char *expected)
{
    PGconn *conn = connect_as("postgres", "postgres");
    PGresult *result = PQexecParams(conn, all_rights, 1, NULL, &user, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(conn));
    assert_string_equal(PQgetvalue(result, 0, 0), expected);
    PQclear(result);
    PQfinish(conn);
}

static void each_role_has_the_rights_of_its_work_and_no_other(void **state)
{
    (void)state;

    assert_rights("a_worker", "authorizer: SELECT INSERT UPDATE\n"
                              "component: SELECT\n"
                              "parked: SELECT INSERT UPDATE DELETE\n"
                              "schema: USAGE\n"
                              "schema_version: SELECT");
    assert_rights("a_reader", "authorizer INSERT: component_appid, authorizer_appid, status,"
                              " authorizer_access_token, authorizer_refresh_token, expires_at,"
                              " refresh_due_at, func_scopes, version, authorized_at\n"
                              "authorizer SELECT: " PUBLIC_COLUMNS "\n"
                              "schema: USAGE");
    assert_rights("a_component", "component: SELECT INSERT UPDATE\n"
                                 "schema: USAGE");
    assert_rights("a_stranger", "");
}

#define KEY       "(component_appid, authorizer_appid)"
#define UNKNOWN   "('wxc', 'wxnew')"
#define DENIED    "42501"
#define WXA       " WHERE authorizer_appid = 'wxa'"
#define A_PARKED  "('t', 0, 0, 0, NULL, NULL, '', NULL, NULL, 1, now(), now(), now(), NULL, 0, '', "
#define NOT_OWING "false, false)"

static const struct {
    const char *user, *sql, *state;
} attempts[] = {
    {"a_reader", "SELECT " PUBLIC_COLUMNS " FROM wxtoken.authorizer", ""},
    {"a_reader", "SELECT count(*) FROM wxtoken.authorizer", ""},
    {"a_reader", "INSERT INTO wxtoken.authorizer " KEY " VALUES " UNKNOWN, ""},
    {"a_reader",
     "INSERT INTO wxtoken.authorizer " KEY " VALUES " UNKNOWN " ON CONFLICT " KEY " DO NOTHING",
     ""},
    {"a_reader",
     "INSERT INTO wxtoken.authorizer " KEY " VALUES " UNKNOWN " ON CONFLICT " KEY
     " DO UPDATE SET version = 9",
     DENIED},
    {"a_reader", "SELECT * FROM wxtoken.authorizer", DENIED},
    {"a_reader", "SELECT writer FROM wxtoken.authorizer", DENIED},
    {"a_reader", "SELECT code_digest FROM wxtoken.authorizer", DENIED},
    {"a_reader", "SELECT version FROM wxtoken.authorizer FOR UPDATE", DENIED},
    {"a_reader", "LOCK TABLE wxtoken.authorizer IN ACCESS SHARE MODE", DENIED},
    {"a_reader", "INSERT INTO wxtoken.authorizer (component_appid, writer) VALUES ('x', 1)",
     DENIED},
    {"a_reader", "UPDATE wxtoken.authorizer SET refresh_due_at = now()" WXA, DENIED},
    {"a_reader", "DELETE FROM wxtoken.authorizer" WXA, DENIED},
    {"a_reader", "TRUNCATE wxtoken.authorizer", DENIED},
    {"a_reader", "SELECT component_access_token FROM wxtoken.component", DENIED},
    {"a_reader", "SELECT record_value FROM wxtoken.parked", DENIED},
    {"a_reader", "SELECT number FROM wxtoken.schema_version", DENIED},
    {"a_reader", "CREATE TABLE wxtoken.mine (x integer)", DENIED},
    {"a_reader", "SELECT wxtoken.grant_roles()", DENIED},

    {"a_component", "SELECT * FROM wxtoken.component", ""},
    {"a_component", "UPDATE wxtoken.component SET component_access_token = 'x'", ""},
    {"a_component",
     "INSERT INTO wxtoken.component VALUES ('wxc', 'x', now()) ON CONFLICT (component_appid)"
     " DO UPDATE SET component_access_token = excluded.component_access_token",
     ""},
    {"a_component", "DELETE FROM wxtoken.component", DENIED},
    {"a_component", "TRUNCATE wxtoken.component", DENIED},
    {"a_component", "SELECT version FROM wxtoken.authorizer", DENIED},
    {"a_component", "INSERT INTO wxtoken.authorizer " KEY " VALUES " UNKNOWN, DENIED},
    {"a_component", "SELECT record_value FROM wxtoken.parked", DENIED},
    {"a_component", "SELECT number FROM wxtoken.schema_version", DENIED},
    {"a_component", "CREATE TABLE wxtoken.mine (x integer)", DENIED},
    {"a_component", "SELECT wxtoken.grant_roles()", DENIED},

    {"a_worker", "SELECT * FROM wxtoken.authorizer FOR UPDATE", ""},
    {"a_worker", "INSERT INTO wxtoken.parked VALUES " A_PARKED NOT_OWING, ""},
    {"a_worker", "DELETE FROM wxtoken.parked", ""},
    {"a_worker", "DELETE FROM wxtoken.authorizer" WXA, DENIED},
    {"a_worker", "TRUNCATE wxtoken.parked", DENIED},
    {"a_worker", "UPDATE wxtoken.component SET component_access_token = 'x'", DENIED},
    {"a_worker", "SELECT component_access_token FROM wxtoken.component FOR UPDATE", DENIED},
    {"a_worker", "INSERT INTO wxtoken.component VALUES ('wxd')", DENIED},
    {"a_worker", "UPDATE wxtoken.schema_version SET checksum = ''", DENIED},
    {"a_worker", "CREATE TABLE wxtoken.mine (x integer)", DENIED},
    {"a_worker", "DROP TABLE wxtoken.parked", DENIED},
    {"a_worker", "SELECT wxtoken.grant_roles()", DENIED},

    {"a_stranger", "SELECT version FROM wxtoken.authorizer", DENIED},
    {"a_stranger", "SELECT component_access_token FROM wxtoken.component", DENIED},
    {"a_stranger", "SELECT wxtoken.grant_roles()", DENIED},
};

static void each_user_does_what_its_role_may_and_is_refused_the_rest(void **state)
{
    (void)state;
    run("INSERT INTO wxtoken.component VALUES ('wxc', 'token');"
        "INSERT INTO wxtoken.authorizer " KEY " VALUES ('wxc', 'wxa')");
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        PGconn *conn = connect_as(attempts[i].user, "postgres");
        char said[6];
        (void)state_after(said, conn, "BEGIN");
        (void)state_after(said, conn, attempts[i].sql);
        PQfinish(conn); /* which rolls it back */
        if (strcmp(said, attempts[i].state) != 0)
            fail_msg("%s: %s: \"%s\"", attempts[i].user, attempts[i].sql, said);
    }
}

/* The worker's own statements, each executed once on nothing: rights are looked at all the same. */
static const char *const settings[] = {
#define SETTING(sql) sql,
#include "io/postgres/session_settings.def"
#undef SETTING
};

static const char executions[] =
    "SELECT format('EXECUTE %I(%s)', name, (SELECT string_agg('NULL', ', ')"
    "                                         FROM unnest(parameter_types)))"
    "  FROM pg_prepared_statements";

static void prepare(PGconn *conn, const struct statement *statement)
{
    PGresult *result = PQprepare(conn, statement->name, statement->sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s", PQerrorMessage(conn));
    PQclear(result);
}

/* How many of the statements there are, and how many of them end with this SQLSTATE. */
static void execute_all(int *count, int *ended, const char *user, const char *state)
{
    PGconn *conn = connect_as(user, "postgres");
    char said[6];
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        assert_string_equal(state_after(said, conn, settings[i]), "");
    for (size_t i = 0; i < STATEMENTS; i++)
        prepare(conn, statement_at(i));
    PGresult *result = PQexec(conn, executions);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    *count = PQntuples(result);
    *ended = 0;
    for (int i = 0; i < *count; i++)
        *ended += strcmp(state_after(said, conn, PQgetvalue(result, i, 0)), state) == 0;
    PQclear(result);
    PQfinish(conn);
}

static void the_worker_alone_runs_each_of_its_statements(void **state)
{
    (void)state;
    static const char *const others[] = {"a_reader", "a_component"};
    int count, ended;
    struct err err = {0};
    char trouble[100];

    execute_all(&count, &ended, "a_worker", "");
    assert_in_range(count, 5, 100);
    assert_int_equal(ended, count);
    assert_true(schema_check(url_of("a_worker", "postgres").at, &err));
    assert_true(schema_check_component(url_of("a_worker", "postgres").at, "wxc", trouble,
                                       sizeof(trouble), &err));

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        execute_all(&count, &ended, others[i], DENIED);
        assert_int_equal(ended, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_role_has_the_rights_of_its_work_and_no_other,
                               roles_begin_migrated),
        cmocka_unit_test_setup(each_user_does_what_its_role_may_and_is_refused_the_rest,
                               roles_begin_migrated),
        cmocka_unit_test_setup(the_worker_alone_runs_each_of_its_statements, roles_begin_migrated),
    };
    return cmocka_run_group_tests(tests, roles_start, roles_stop);
}
