#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/postgres/schema.h"
#include "io/postgres/statement.h"
#include "io/postgres_client.h"

/*
 * The meaning of the names in our SQL. A user who may create objects in a schema of the search path
 * can define a function or an operator that fits better than PostgreSQL's own. Whoever calls it
 * then runs that user's code (CVE-2018-1058).
 */

static const char *const settings[] = {
#define SETTING(sql) sql,
#include "io/postgres/session_settings.def"
#undef SETTING
};

/*
 * An argument that PostgreSQL had to cast, so that one of another type would have fitted better.
 * The number of a LIMIT is cast too, but is nobody's argument.
 */
#define CAST_UNASKED                                                                               \
    "(?<!:limitOffset |:limitCount )\\{FUNCEXPR [^{}]*:funcformat 2"                               \
    "|:(?:relabelformat|coerceformat) 2"

enum { SQL_BYTES_MAX = 16384, TYPES_BYTES_MAX = 1024 };

static char *value_of(const char *sql)
{
    PGresult *result = PQexec(client()->other, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(client()->other));
    char *value = strdup(PQgetvalue(result, 0, 0));
    assert_non_null(value);
    PQclear(result);
    return value;
}

/* The statement as a function's body, which PostgreSQL keeps as the tree that it has made of the
 * names. */
static void make_function_of(const struct statement *statement)
{
    char sql[SQL_BYTES_MAX];
    other_prepares(statement);
    char *types = value_of("SELECT array_to_string(parameter_types, ', ')"
                           "  FROM pg_prepared_statements");
    other_runs("DEALLOCATE ALL");
    (void)snprintf(sql, sizeof(sql),
                   "CREATE FUNCTION pg_temp.statement(%s) RETURNS void LANGUAGE sql"
                   " BEGIN ATOMIC %s; SELECT; END",
                   types, statement->sql);
    free(types);
    other_runs(sql);
}

/* How often the pattern stands in the tree. */
static int count_in_tree(const char *pattern)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM pg_proc, regexp_matches(prosqlbody::text, '%s', 'g') AS m"
                   " WHERE proname = 'statement'",
                   pattern);
    return other_counts(sql);
}

static void every_name_of_a_statement_fits_postgresql_s_own_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        other_runs(settings[i]);

    for (size_t at = 0; at < STATEMENTS; at++) {
        make_function_of(statement_at(at));
        int looked_at = count_in_tree(":(?:opno|funcid|aggfnoid) \\d+");
        int foreign = count_in_tree(":(?:opno|funcid|aggfnoid) \\d{5,}"); /* from 16384 on */
        int cast = count_in_tree(CAST_UNASKED);
        other_runs("DROP FUNCTION pg_temp.statement");

        assert_in_range(looked_at, 1, 1000);
        if (foreign || cast)
            fail_msg("%s: %d foreign names, %d casts that nobody wrote", statement_at(at)->name,
                     foreign, cast);
    }
}

static void a_session_finds_nothing_that_others_have_made(void **state)
{
    (void)state;
    other_runs("CREATE FUNCTION public.steal(bigint, interval) RETURNS interval LANGUAGE plpgsql AS"
               " $$BEGIN RAISE EXCEPTION 'stolen'; END$$;"
               "CREATE OPERATOR public.* (leftarg = bigint, rightarg = interval,"
               "                          function = public.steal);"
               "CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE plpgsql AS"
               " $$BEGIN RAISE EXCEPTION 'stolen'; END$$");
    struct record record = {.origin = {.topic = STR("refresh-due"), .timestamp_ms = 1}};
    struct parked parked = {.first_seen_ms = 1, .inquiry.exhausted_version = INQUIRY_NEVER};
    struct park park = {.tag = &park, .record = &record, .parked = &parked, .reason = "waits"};
    struct err err = {0};

    postgres_park(client()->postgres, &park, 1);
    take(1);
    enum postgres_outcome parked_as = client()->replies[0].outcome;
    bool is_usable = schema_check(client()->database.url, &err);
    other_runs("DROP OPERATOR public.* (bigint, interval);"
               "DROP FUNCTION public.steal(bigint, interval), public.convert_to(text, text)");

    assert_int_equal(parked_as, POSTGRES_DONE);
    if (!is_usable)
        fail_msg("%s", err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_name_of_a_statement_fits_postgresql_s_own_exactly,
                                        client_begin, client_end),
        cmocka_unit_test_setup_teardown(a_session_finds_nothing_that_others_have_made, client_begin,
                                        client_end),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
