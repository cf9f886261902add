#include "test.h"

#include <string.h>

#include "base/text.h"
#include "io/postgres/statement.h"
#include "io/postgres_client.h"

/* The statements as the adapter prepares them, for EXPLAIN, and how often each looks up a whole
 * key. */
static const struct {
    const char *name;
    int lookups;
} expected[] = {
    {"load", 4}, {"store", 1}, {"park", 1}, {"unpark", 1}, {"claim_due", 3},
};

/* With the session's own settings, since they are what keeps a plan from reading a table that
 * has grown. */
static const char *const settings[] = {
#define SETTING(sql) sql,
#include "io/postgres/session_settings.def"
#undef SETTING
};

/* What shows that a line looks up a whole key, a digest, or what is due; half of a key would
 * read all rows of a component. */
static const char *const lookups[] = {
    "(authorizer_appid = ",
    "(code_digest = ",
    "(record_timestamp = ",
    "(due_at <= ",
    "Conflict Arbiter Indexes: parked_pkey",
};

static int lookups_in(const char *line)
{
    int count = 0;
    for (size_t i = 0; i < COUNT_OF(lookups); i++)
        count += strstr(line, lookups[i]) != NULL;
    return count;
}

/* Returns the plan of the prepared statement, all of whose parameters are null. */
static PGresult *explain(const char *name)
{
    char memory[512];
    struct text sql = TEXT_IN(memory);
    text_format(&sql,
                "SELECT cardinality(parameter_types) FROM pg_prepared_statements"
                " WHERE name = '%s'",
                name);
    int parameters = other_counts(text_terminated(&sql));
    sql.len = 0;
    text_format(&sql, "EXPLAIN (COSTS OFF) EXECUTE %s (NULL", name);
    while (--parameters > 0)
        text_add(&sql, STR(", NULL"));
    text_add_char(&sql, ')');
    return PQexec(client()->other, text_terminated(&sql));
}

/* Neither may a table be read whole, nor may its rows be sorted to find the first of them. */
static void assert_finds_by_key(size_t at)
{
    PGresult *lines = explain(expected[at].name);
    if (PQresultStatus(lines) != PGRES_TUPLES_OK)
        fail_msg("%s", PQresultErrorMessage(lines));
    int count = 0;
    for (int i = 0; i < PQntuples(lines); i++) {
        const char *line = PQgetvalue(lines, i, 0);
        assert_null(strstr(line, "Seq Scan"));
        assert_null(strstr(line, "Hash"));
        assert_null(strstr(line, "Merge"));
        if (strstr(line, "Index Cond:") || strstr(line, "Conflict Arbiter"))
            count += lookups_in(line) > 0;
    }
    if (count != expected[at].lookups) {
        for (int i = 0; i < PQntuples(lines); i++)
            print_message("%s\n", PQgetvalue(lines, i, 0));
        fail_msg("%s looks up %d keys", expected[at].name, count);
    }
    PQclear(lines);
}

static void every_statement_finds_its_rows_by_whole_keys(void **state)
{
    (void)state;
    static const char *const growth[] = {
        "SELECT",
        "ANALYZE wxtoken.authorizer, wxtoken.parked",
        "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid) VALUES ('wxc', 'wxa');"
        "INSERT INTO wxtoken.parked"
        " VALUES ('t', 0, 0, 0, NULL, NULL, '', NULL, NULL, 1, now(), now(), now(), NULL, 0, '',"
        "         false, false);"
        "ANALYZE wxtoken.authorizer, wxtoken.parked",
        "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid, code_digest)"
        " SELECT 'wxc', 'wx' || i, sha256(i::text::bytea) FROM generate_series(1, 5000) AS i;"
        "INSERT INTO wxtoken.parked"
        " SELECT 't', i % 12, i, 0, NULL, NULL, '', NULL, NULL, 1, now(), now(), now(), NULL, 0, "
        "'',"
        "        false, false"
        "   FROM generate_series(1, 5000) AS i;"
        "ANALYZE wxtoken.authorizer, wxtoken.parked",
    };
    assert_int_equal(COUNT_OF(expected), STATEMENTS);
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        other_runs(settings[i]);
    for (size_t i = 0; i < STATEMENTS; i++)
        other_prepares(statement_at(i));

    for (size_t i = 0; i < COUNT_OF(growth); i++) {
        other_runs(growth[i]);
        for (size_t at = 0; at < STATEMENTS; at++)
            assert_finds_by_key(at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_statement_finds_its_rows_by_whole_keys, client_begin,
                                        client_end),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
