#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "io/clock.h"
#include "io/roles_scene.h"

static void remember_notice(void *context, const PGresult *notice)
{
    char *text = context;
    (void)snprintf(text, 200, "%s", PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
}

static void a_migrator_that_may_not_make_roles_succeeds_and_is_told(void **state)
{
    (void)state;

    char *said = said_migrating_as("a_migrator", "own");

    assert_int_equal(count_roles(), 0);
    assert_non_null(strstr(said,
                           "role wxtoken_component is lacking and a_migrator may not make it. "
                           "Have it made, then run SELECT wxtoken.grant_roles()."));
    assert_null(strstr(said, "already exists"));
    free(said);
}

static void roles_made_later_get_their_rights_from_the_owner(void **state)
{
    (void)state;
    assert_true(migrate_as("a_migrator", "own"));
    run("CREATE ROLE wxtoken_worker; CREATE ROLE wxtoken_reader");
    char said[6];

    PGconn *conn = connect_as("a_migrator", "own");
    (void)PQsetNoticeReceiver(conn, remember_notice, (char[200]){""});
    assert_string_equal(state_after(said, conn, "SELECT wxtoken.grant_roles()"), "");
    PQfinish(conn);

    assert_int_equal(
        count_in("own", "SELECT (has_table_privilege('wxtoken_worker', 'wxtoken.parked', 'DELETE')"
                        "    AND has_column_privilege('wxtoken_reader', 'wxtoken.authorizer',"
                        "                             'version', 'SELECT'))::integer"),
        1);
}

static void roles_that_exist_already_get_their_rights(void **state)
{
    (void)state;
    run("CREATE ROLE wxtoken_worker NOLOGIN; CREATE ROLE wxtoken_reader NOLOGIN;"
        "CREATE ROLE wxtoken_component NOLOGIN");

    assert_true(migrate_as("a_migrator", "own"));

    char notice[200] = "", said[6];
    PGconn *conn = connect_as("a_migrator", "own");
    (void)PQsetNoticeReceiver(conn, remember_notice, notice);
    assert_string_equal(state_after(said, conn, "SELECT wxtoken.grant_roles()"), "");
    PQfinish(conn);
    assert_string_equal(notice, "");
    assert_int_equal(
        count_in("own", "SELECT (has_table_privilege('wxtoken_worker', 'wxtoken.parked', 'DELETE')"
                        "    AND has_table_privilege('wxtoken_component', 'wxtoken.component',"
                        "                            'INSERT'))::integer"),
        1);
}

static void a_migrator_that_may_make_roles_makes_them(void **state)
{
    (void)state;
    run("ALTER ROLE a_migrator CREATEROLE");

    assert_true(migrate_as("a_migrator", "own"));

    assert_int_equal(count_roles(), 3);
}

static void a_user_of_the_worker_migrates_nothing_where_nothing_lacks(void **state)
{
    (void)state;

    assert_true(migrate_as("a_worker", "postgres"));
}

static void wait_until_a_migrator_waits_for_a_lock(void)
{
    ms_t deadline = clock_monotonic_ms() + 20000;
    while (!count_in("postgres", "SELECT count(*)"
                                 "  FROM pg_stat_activity"
                                 " WHERE application_name = 'wxtoken'"
                                 "   AND wait_event_type = 'Lock'"))
        assert_true(clock_monotonic_ms() < deadline);
}

static void a_role_that_another_database_makes_at_the_same_moment_is_no_error(void **state)
{
    (void)state;
    char said[6];
    PGconn *other = connect_as("postgres", "own");
    assert_string_equal(state_after(said, other, "BEGIN"), "");
    assert_string_equal(state_after(said, other, "CREATE ROLE wxtoken_reader"), "");

    pid_t migrator = fork();
    if (migrator == 0)
        _exit(migrate_as("postgres", "postgres") ? 0 : 1);
    wait_until_a_migrator_waits_for_a_lock();
    assert_string_equal(state_after(said, other, "COMMIT"), "");
    PQfinish(other);

    int status = -1;
    assert_int_equal(waitpid(migrator, &status, 0), migrator);
    assert_int_equal(status, 0);
    assert_int_equal(count_roles(), 3);
    assert_int_equal(count_in("postgres",
                              "SELECT has_column_privilege('wxtoken_reader', 'wxtoken.authorizer',"
                              "       'version', 'SELECT')::integer"),
                     1);
}

static void databases_of_one_cluster_are_migrated_at_once(void **state)
{
    (void)state;
    enum { DATABASES = 4, EACH = 2 };
    char sql[64], name[32];
    for (int i = 0; i < DATABASES; i++) {
        (void)snprintf(sql, sizeof(sql), "CREATE DATABASE many%d", i);
        run(sql);
    }

    for (int i = 0; i < DATABASES * EACH; i++) {
        if (fork() != 0)
            continue;
        (void)snprintf(name, sizeof(name), "many%d", i % DATABASES);
        _exit(migrate_as("postgres", name) ? 0 : 1);
    }
    int failed = 0;
    for (int i = 0; i < DATABASES * EACH; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        failed += status != 0;
    }

    assert_int_equal(failed, 0);
    assert_int_equal(count_roles(), 3);
    for (int i = 0; i < DATABASES; i++) {
        (void)snprintf(name, sizeof(name), "many%d", i);
        assert_int_equal(count_in(name, "SELECT has_table_privilege('wxtoken_worker',"
                                        "       'wxtoken.parked', 'DELETE')::integer"),
                         1);
        (void)snprintf(sql, sizeof(sql), "DROP DATABASE many%d", i);
        run(sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_migrator_that_may_not_make_roles_succeeds_and_is_told,
                               roles_begin),
        cmocka_unit_test_setup(roles_made_later_get_their_rights_from_the_owner, roles_begin),
        cmocka_unit_test_setup(roles_that_exist_already_get_their_rights, roles_begin),
        cmocka_unit_test_setup(a_migrator_that_may_make_roles_makes_them, roles_begin),
        cmocka_unit_test_setup(a_user_of_the_worker_migrates_nothing_where_nothing_lacks,
                               roles_begin_migrated),
        cmocka_unit_test_setup(a_role_that_another_database_makes_at_the_same_moment_is_no_error,
                               roles_begin),
        cmocka_unit_test_setup(databases_of_one_cluster_are_migrated_at_once, roles_begin),
    };
    return cmocka_run_group_tests(tests, roles_start, roles_stop);
}
