#include "test.h"

#include <stdio.h>
#include <string.h>

#include "io/clock.h"
#include "io/postgres_client.h"

/* Rows that cannot be written or read. */

static void a_broken_row_harms_no_neighbour(void **state)
{
    (void)state;
    struct change changes[] = {change_of("wxa", VERSION_ABSENT), change_of("wxb", VERSION_ABSENT),
                               change_of("wxc", VERSION_ABSENT)};
    changes[1].access_token = STR("secret\xe4zz"); /* no UTF-8 */

    store_all(changes, 3);
    take(3);

    assert_int_equal(reply_of(&changes[0])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&changes[1])->outcome, POSTGRES_BROKEN);
    assert_int_equal(reply_of(&changes[2])->outcome, POSTGRES_DONE);
    assert_string_equal(reply_of(&changes[1])->detail, "22021 data exception");
    assert_int_equal(store(&changes[0]), POSTGRES_STALE);
}

static void a_row_that_a_trigger_refuses_harms_no_neighbour(void **state)
{
    (void)state;
    other_runs("CREATE OR REPLACE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
               " $$BEGIN RAISE EXCEPTION 'not this one' USING DETAIL = 'secret'; END$$;"
               "CREATE TRIGGER refuse BEFORE INSERT ON wxtoken.authorizer FOR EACH ROW"
               " WHEN (NEW.authorizer_appid = 'wxb') EXECUTE FUNCTION pg_temp.refuse()");
    struct change changes[] = {change_of("wxa", VERSION_ABSENT), change_of("wxb", VERSION_ABSENT)};

    store_all(changes, 2);
    take(2);
    other_runs("DROP TRIGGER refuse ON wxtoken.authorizer");

    assert_int_equal(reply_of(&changes[0])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&changes[1])->outcome, POSTGRES_BROKEN);
    assert_string_equal(reply_of(&changes[1])->detail, "P0001 not this one");
}

static void a_row_that_cannot_be_taken_is_broken_alone(void **state)
{
    (void)state;
    static const struct {
        const char *set, *detail;
    } cases[] = {
        {"(func_scopes) = ROW(ARRAY[[1, 2], [3, 4]])", "cannot take the row's func_scopes"},
        {"(func_scopes) = ROW('{1,null}')", "cannot take the row's func_scopes"},
        {"(func_scopes) = ROW(array_fill(1, ARRAY[257]))", "cannot take the row's func_scopes"},
        {"(authorizer_access_token) = ROW(repeat('x', 4097))",
         "cannot take the row's authorizer_access_token"},
        {"(code_digest) = ROW('short'::bytea)", "cannot take the row's code_digest"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char sql[256];
        other_runs("TRUNCATE wxtoken.authorizer;"
                   "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid)"
                   " VALUES ('wxc', 'wxa'), ('wxc', 'wxb')");
        (void)snprintf(sql, sizeof(sql),
                       "UPDATE wxtoken.authorizer SET %s WHERE authorizer_appid = 'wxa'",
                       cases[i].set);
        other_runs(sql);

        struct load loads[] = {
            {.tag = &loads[0], .component = appid("wxc"), .authorizer = appid("wxa")},
            {.tag = &loads[1], .component = appid("wxc"), .authorizer = appid("wxb")}};
        postgres_load(client()->postgres, loads, 2);
        take(2);

        assert_int_equal(reply_of(&loads[0])->outcome, POSTGRES_BROKEN);
        assert_string_equal(reply_of(&loads[0])->detail, cases[i].detail);
        assert_int_equal(reply_of(&loads[1])->outcome, POSTGRES_DONE);
    }
}

static void a_deadlock_repeats_the_whole_batch(void **state)
{
    (void)state;
    other_runs("CREATE SEQUENCE public.updates;"
               "CREATE FUNCTION public.count_update() RETURNS trigger LANGUAGE plpgsql AS"
               " $$BEGIN PERFORM nextval('public.updates'); RETURN NULL; END$$;"
               "CREATE TRIGGER count_update BEFORE UPDATE ON wxtoken.authorizer FOR EACH STATEMENT"
               " EXECUTE FUNCTION public.count_update();"
               "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid)"
               " VALUES ('wxc', 'wxa'), ('wxc', 'wxb');"
               "SET deadlock_timeout = '60s'"); /* so the victim is ours */
    struct change changes[] = {change_of("wxb", 0), change_of("wxa", 0)};
    other_runs("BEGIN; SELECT FROM wxtoken.authorizer WHERE authorizer_appid = 'wxb' FOR UPDATE");

    store_all(changes, 2);
    wait_until_ours_waits_for_a_lock();
    other_runs("SELECT FROM wxtoken.authorizer WHERE authorizer_appid = 'wxa' FOR UPDATE");
    other_runs("COMMIT");
    take(2);

    assert_int_equal(reply_of(&changes[0])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&changes[1])->outcome, POSTGRES_DONE);
    int updates = other_counts("SELECT last_value FROM public.updates");
    other_runs("DROP TRIGGER count_update ON wxtoken.authorizer;"
               "DROP FUNCTION public.count_update; DROP SEQUENCE public.updates");
    assert_int_equal(updates, 2); /* three, had each been tried alone */
}

/* The connection. */

static void a_store_cut_off_is_unknown_and_what_waited_behind_it_unsent(void **state)
{
    (void)state;
    other_runs(
        "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid) VALUES ('wxc', 'wxb')");
    other_runs("BEGIN; SELECT FROM wxtoken.authorizer FOR UPDATE");
    struct change changes[] = {change_of("wxa", VERSION_ABSENT), change_of("wxb", 0),
                               change_of("wxz", VERSION_ABSENT)};
    changes[0].access_token = STR("\xff"); /* so that they go one by one */

    store_all(changes, 3);
    take(1);
    wait_until_ours_waits_for_a_lock();
    other_ends_our_session();
    take(2);
    other_runs("COMMIT");

    assert_ptr_equal(client()->replies[0].tag, &changes[1]);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_UNKNOWN);
    assert_ptr_equal(client()->replies[1].tag, &changes[2]);
    assert_int_equal(client()->replies[1].outcome, POSTGRES_UNSENT);
    assert_non_null(strstr(postgres_trouble(client()->postgres), "57P01"));
    wait_until_connected();
    assert_string_equal(postgres_trouble(client()->postgres), "");
    assert_int_equal(store(&changes[2]), POSTGRES_DONE);
}

static void a_load_cut_off_is_unsent(void **state)
{
    (void)state;
    other_runs("BEGIN; LOCK TABLE wxtoken.authorizer");
    struct load wanted = {.tag = &wanted, .component = appid("wxc"), .authorizer = appid("wxa")};

    postgres_load(client()->postgres, &wanted, 1);
    wait_until_ours_waits_for_a_lock();
    other_ends_our_session();
    take(1);

    assert_int_equal(client()->replies[0].outcome, POSTGRES_UNSENT);
    other_runs("COMMIT");
}

static void a_session_ended_while_idle_is_made_again(void **state)
{
    (void)state;

    other_ends_our_session();
    wait_until_disconnected();

    assert_int_equal(postgres_room(client()->postgres), 0);
    wait_until_connected();
    assert_int_equal(load("wxa")->outcome, POSTGRES_DONE);
}

static void a_server_that_comes_back_is_connected_again(void **state)
{
    (void)state;
    other_leaves();

    database_stop(&client()->database);
    wait_until_disconnected();
    ms_t until = clock_monotonic_ms() + 500; /* some attempts that are in vain */
    while (clock_monotonic_ms() < until)
        assert_int_equal(turn(client()->replies, 1), 0);
    assert_int_equal(postgres_room(client()->postgres), 0);
    assert_true(strlen(postgres_trouble(client()->postgres)) > 0);
    database_start(&client()->database);
    wait_until_connected();

    assert_int_equal(load("wxa")->outcome, POSTGRES_DONE);
    other_connects();
}

static void a_schema_that_is_lacking_is_waited_for(void **state)
{
    (void)state;
    other_runs("SET client_min_messages = error; DROP SCHEMA wxtoken CASCADE");
    struct change change = change_of("wxa", VERSION_ABSENT);

    assert_int_equal(store(&change), POSTGRES_UNSENT);
    assert_non_null(strstr(postgres_trouble(client()->postgres), "does not exist"));
    migrate();
    wait_until_connected();

    assert_int_equal(store(&change), POSTGRES_DONE);
}

static void a_database_that_only_reads_is_away(void **state)
{
    (void)state;
    other_runs("ALTER DATABASE postgres SET default_transaction_read_only = on");
    other_ends_our_session();
    wait_until_disconnected();
    while (!strstr(postgres_trouble(client()->postgres), "read-only"))
        assert_int_equal(turn(client()->replies, 1), 0);

    assert_int_equal(postgres_room(client()->postgres), 0);
    other_runs("SET default_transaction_read_only = off");
    other_runs("ALTER DATABASE postgres RESET default_transaction_read_only");
    wait_until_connected();
}

static void closing_while_connecting_leaves_nothing(void **state)
{
    (void)state;
    postgres_close(client()->postgres);

    open_it();
    postgres_close(client()->postgres);
    open_it();
}

static void a_conninfo_that_cannot_be_read_is_refused_unseen(void **state)
{
    (void)state;
    struct err err = {0};
    struct postgres *never = NULL;

    assert_false(postgres_open(&never, "host=x password secret", &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_null(strstr(err.text, "secret"));
    assert_null(never);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, client_begin, client_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_broken_row_harms_no_neighbour),
        CASE(a_row_that_a_trigger_refuses_harms_no_neighbour),
        CASE(a_row_that_cannot_be_taken_is_broken_alone),
        CASE(a_deadlock_repeats_the_whole_batch),
        CASE(a_store_cut_off_is_unknown_and_what_waited_behind_it_unsent),
        CASE(a_load_cut_off_is_unsent),
        CASE(a_session_ended_while_idle_is_made_again),
        CASE(a_server_that_comes_back_is_connected_again),
        CASE(a_schema_that_is_lacking_is_waited_for),
        CASE(a_database_that_only_reads_is_away),
        CASE(closing_while_connecting_leaves_nothing),
        CASE(a_conninfo_that_cannot_be_read_is_refused_unseen),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
