#include "test.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/database.h"
#include "io/postgres/schema.h"

static struct database database;

static void run(const char *sql)
{
    PGconn *conn = PQconnectdb(database.url);
    PGresult *result = PQexec(conn, sql);
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(conn);
}

/* Returns the first value of the first row as a number. */
static int number_of(const char *sql)
{
    PGconn *conn = PQconnectdb(database.url);
    PGresult *result = PQexec(conn, sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    int number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(conn);
    return number;
}

/* What migrate says goes to `out`, which is closed. */
static void migrate(FILE *out)
{
    struct err err = {0};
    bool done = schema_migrate(database.url, out, &err);
    (void)fclose(out);
    assert_string_equal(err.text, "");
    assert_true(done);
}

static FILE *nowhere(void)
{
    return fopen("/dev/null", "w");
}

static int start(void **state)
{
    (void)state;
    database_start(&database);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    database_remove(&database);
    return 0;
}

static int without_schema(void **state)
{
    (void)state;
    run("SET client_min_messages = error; DROP SCHEMA IF EXISTS wxtoken CASCADE");
    return 0;
}

static int with_schema(void **state)
{
    (void)without_schema(state);
    migrate(nowhere());
    return 0;
}

static void a_database_without_schema_has_version_0_and_is_too_old(void **state)
{
    (void)state;
    struct err err = {0};
    int version = -1;
    char both[64];
    (void)snprintf(both, sizeof(both), "schema 0 is older than this program's %d",
                   schema_version_known());

    assert_true(schema_version_of(&version, database.url, &err));
    assert_false(schema_check(database.url, &err));

    assert_int_equal(version, 0);
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, both));
}

static void a_migrated_schema_fits(void **state)
{
    (void)state;
    struct err err = {0};
    int version = -1;

    assert_true(schema_version_of(&version, database.url, &err));
    assert_true(schema_check(database.url, &err));

    assert_int_equal(version, schema_version_known());
}

static void migrating_twice_applies_nothing_more(void **state)
{
    (void)state;
    char *said = NULL;
    size_t len = 0;

    migrate(open_memstream(&said, &len));

    assert_string_equal(said, "");
    free(said);
}

static void a_row_needs_no_more_than_the_contract_names(void **state)
{
    (void)state;

    run("INSERT INTO wxtoken.component VALUES ('wxc', 'token', now())");
    run("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid, "
        "authorizer_refresh_token)"
        " VALUES ('wxc', 'wxa', 'refresh')");

    assert_int_equal(number_of("SELECT count(*)"
                               "  FROM wxtoken.authorizer"
                               " WHERE status = 'authorized'"
                               "   AND version = 0"
                               "   AND updated_at <= now()"
                               "   AND cause_topic IS NULL"
                               "   AND writer IS NULL"),
                     1);
}

static void eight_migrators_at_once_apply_each_file_once(void **state)
{
    (void)state;
    enum { MIGRATORS = 8 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);

    for (int i = 0; i < MIGRATORS; i++) {
        if (fork() != 0)
            continue;
        struct err err = {0};
        FILE *out = fdopen(dup(ends[1]), "w");
        bool done = schema_migrate(database.url, out, &err);
        (void)fclose(out);
        _exit(done ? 0 : 1);
    }
    (void)close(ends[1]);
    int failed = 0;
    for (int i = 0; i < MIGRATORS; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        failed += status != 0;
    }

    FILE *said = fdopen(ends[0], "r");
    char line[256];
    int lines = 0;
    while (fgets(line, sizeof(line), said))
        lines += strncmp(line, "applied ", 8) == 0;
    (void)fclose(said);
    assert_int_equal(failed, 0);
    assert_int_equal(lines, number_of("SELECT count(*) FROM wxtoken.schema_version"));
    assert_true(lines > 0);
}

/* A file of the source folder, terminated; the caller frees it. */
static char *text_of(const char *path)
{
    enum { TEXT_MAX = 1 << 16 };
    char *text = calloc(1, TEXT_MAX);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_in_range(fread(text, 1, TEXT_MAX - 1, file), 1, TEXT_MAX - 2);
    (void)fclose(file);
    return text;
}

static void a_database_of_the_first_version_keeps_its_rows(void **state)
{
    (void)state;
    char *first = text_of("schema/001_tokens.sql");
    run(first);
    PGconn *conn = PQconnectdb(database.url);
    const char *values[] = {first};
    PQclear(PQexecParams(conn,
                         "INSERT INTO wxtoken.schema_version (number, name, checksum)"
                         " VALUES (1, '001_tokens.sql',"
                         "         encode(sha256(convert_to($1, 'UTF8')), 'hex'))",
                         1, NULL, values, NULL, NULL, 0));
    PQfinish(conn);
    run("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid) VALUES ('wxc', 'wxa')");

    migrate(nowhere());

    free(first);
    assert_int_equal(number_of("SELECT count(*) FROM wxtoken.authorizer"), 1);
    assert_int_equal(number_of("SELECT max(number) FROM wxtoken.schema_version"),
                     schema_version_known());
}

static void a_file_that_has_changed_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    int version = -1;
    run("UPDATE wxtoken.schema_version SET checksum = 'another' WHERE number = 1");

    assert_false(schema_version_of(&version, database.url, &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "001_tokens.sql"));
    assert_int_equal(version, -1);
    FILE *out = nowhere();
    assert_false(schema_migrate(database.url, out, &err));
    (void)fclose(out);
}

static void a_newer_schema_is_refused_with_both_numbers(void **state)
{
    (void)state;
    struct err err = {0};
    char both[64];
    (void)snprintf(both, sizeof(both), "schema 99 is newer than this program's %d",
                   schema_version_known());
    run("INSERT INTO wxtoken.schema_version (number, name, checksum) VALUES (99, 'later', 'x')");

    assert_false(schema_check(database.url, &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, both));
    FILE *out = nowhere();
    assert_false(schema_migrate(database.url, out, &err));
    (void)fclose(out);
    assert_non_null(strstr(err.text, both));
}

static void a_migration_that_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    struct err err = {0};
    run("CREATE SCHEMA wxtoken; CREATE TABLE wxtoken.authorizer (another integer)");

    FILE *out = nowhere();
    bool done = schema_migrate(database.url, out, &err);
    (void)fclose(out);

    assert_false(done);
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "001_tokens.sql: the database said: 42P07"));
    assert_int_equal(number_of("SELECT count(*) FROM pg_tables WHERE schemaname = 'wxtoken'"), 1);
}

static void the_readme_of_the_schema_names_every_table_and_column(void **state)
{
    (void)state;
    char *readme = text_of("schema/README.md");
    PGconn *conn = PQconnectdb(database.url);
    PGresult *names = PQexec(conn, "SELECT format('`%s`', column_name)"
                                   "  FROM information_schema.columns"
                                   " WHERE table_schema = 'wxtoken'"
                                   " UNION "
                                   "SELECT format('`%s`', rolname)"
                                   "  FROM pg_roles"
                                   " WHERE rolname LIKE 'wxtoken%'"
                                   " UNION "
                                   "SELECT format('`wxtoken.%s`', table_name)"
                                   "  FROM information_schema.tables"
                                   " WHERE table_schema = 'wxtoken'");
    assert_in_range(PQntuples(names), 40, 200);

    for (int i = 0; i < PQntuples(names); i++) {
        if (!strstr(readme, PQgetvalue(names, i, 0)))
            fail_msg("schema/README.md does not name %s", PQgetvalue(names, i, 0));
    }

    PQclear(names);
    PQfinish(conn);
    free(readme);
}

static void a_database_that_is_not_there_is_unavailable(void **state)
{
    (void)state;
    struct err err = {0};
    int version;

    assert_false(schema_version_of(&version, "postgresql://someone:secret@127.0.0.1:1/x", &err));

    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_null(strstr(err.text, "secret"));
    assert_null(strchr(err.text, '\n'));
}

static void a_conninfo_that_cannot_be_read_is_not_repeated(void **state)
{
    (void)state;
    struct err err = {0};
    int version;

    assert_false(schema_version_of(&version, "password secret", &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_null(strstr(err.text, "secret"));
}

static void the_trouble_with_a_component_is_said_without_its_token(void **state)
{
    (void)state;
    static const struct {
        const char *appid, *trouble;
    } cases[] = {
        {"wxnone", "row missing"},
        {"wxnull", "token missing"},
        {"wxempty", "token missing"},
        {"wxold", "token expired at 2001-02-03T04:05:06Z"},
        {"wxgood", ""},
        {"wxtimeless", ""},
    };
    run("INSERT INTO wxtoken.component VALUES ('wxnull', NULL, NULL), ('wxempty', '', NULL),"
        " ('wxold', 'secret', '2001-02-03 04:05:06Z'), ('wxgood', 'secret', now() + interval '1 "
        "hour'),"
        " ('wxtimeless', 'secret', NULL)");

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = {0};
        char trouble[100] = "untouched";
        assert_true(
            schema_check_component(database.url, cases[i].appid, trouble, sizeof(trouble), &err));
        assert_string_equal(trouble, cases[i].trouble);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_database_without_schema_has_version_0_and_is_too_old,
                               without_schema),
        cmocka_unit_test_setup(a_migrated_schema_fits, with_schema),
        cmocka_unit_test_setup(migrating_twice_applies_nothing_more, with_schema),
        cmocka_unit_test_setup(a_row_needs_no_more_than_the_contract_names, with_schema),
        cmocka_unit_test_setup(eight_migrators_at_once_apply_each_file_once, without_schema),
        cmocka_unit_test_setup(a_database_of_the_first_version_keeps_its_rows, without_schema),
        cmocka_unit_test_setup(a_file_that_has_changed_is_refused, with_schema),
        cmocka_unit_test_setup(a_newer_schema_is_refused_with_both_numbers, with_schema),
        cmocka_unit_test_setup(a_migration_that_fails_leaves_nothing_behind, without_schema),
        cmocka_unit_test_setup(the_readme_of_the_schema_names_every_table_and_column, with_schema),
        cmocka_unit_test(a_database_that_is_not_there_is_unavailable),
        cmocka_unit_test(a_conninfo_that_cannot_be_read_is_not_repeated),
        cmocka_unit_test_setup(the_trouble_with_a_component_is_said_without_its_token, with_schema),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
