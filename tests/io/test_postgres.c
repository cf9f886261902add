#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/postgres_client.h"

/* Rows are stored and loaded again. */

static void a_row_that_is_absent_is_loaded_as_absent(void **state)
{
    (void)state;

    struct postgres_reply *reply = load("wxa");

    assert_int_equal(reply->outcome, POSTGRES_DONE);
    assert_false(authorizer_exists(&reply->row));
    assert_row_name(reply, "wxa");
    assert_null(reply->row.access_token.at);
    assert_null(reply->component_token.at);
}

static void the_components_token_comes_with_the_row(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.component VALUES ('wxc', 'component-token')");

    struct postgres_reply *reply = load("wxa");

    assert_str(reply->component_token, "component-token");
}

static void what_is_stored_is_loaded_again(void **state)
{
    (void)state;
    static const int32_t numbers[] = {1, -2, 2147483647};
    struct change change = {
        .component = appid("wxc"),
        .authorizer = appid("wxa"),
        .version_read = VERSION_ABSENT,
        .status = STATUS_REAUTHORIZATION_REQUIRED,
        .access_token = STR("access"),
        .refresh_token = STR("refresh"),
        .expires_at_s = 1770000000,
        .refresh_due_at_s = 1769990000,
        .scopes = {.at = numbers, .count = 3},
        .authorized_at_s = 1760000000,
        .has_digest = true,
        .code_digest = {0, 1, 2, 255},
        .last_errcode = 61023,
        .last_rid = STR("rid"),
        .cause = {.topic = STR("refresh-due"),
                  .partition = 7,
                  .offset = INT64_MAX,
                  .timestamp_ms = -1},
        .writer = UINT64_MAX,
        .traceparent = STR("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    };

    assert_int_equal(store(&change), POSTGRES_DONE);
    assert_int_equal(client()->replies[0].version, 1);
    int64_t updated_at_us = client()->replies[0].updated_at_us;
    struct authorizer row = load("wxa")->row;

    assert_str(appid_str(&row.authorizer), "wxa");
    assert_int_equal(row.status, STATUS_REAUTHORIZATION_REQUIRED);
    assert_int_equal(row.version, 1);
    assert_str(row.access_token, "access");
    assert_str(row.refresh_token, "refresh");
    assert_int_equal(row.expires_at_s, 1770000000);
    assert_int_equal(row.authorized_at_s, 1760000000);
    assert_int_equal(row.scopes.count, 3);
    assert_memory_equal(row.scopes.at, numbers, sizeof(numbers));
    assert_true(row.has_digest);
    assert_memory_equal(row.code_digest, change.code_digest, DIGEST_BYTES);
    assert_true(row.writer == UINT64_MAX);
    assert_true(origin_equal(&row.cause, &change.cause));
    assert_true(str_equal(row.traceparent, change.traceparent));
    assert_true(row.updated_at_us == updated_at_us);
    assert_true(llabs(updated_at_us / 1000000 - (int64_t)time(NULL)) < 60);
    assert_int_equal(other_counts("SELECT count(*)"
                                  "  FROM wxtoken.authorizer"
                                  " WHERE refresh_due_at = to_timestamp(1769990000)"
                                  "   AND last_errcode = 61023"
                                  "   AND last_rid = 'rid'"),
                     1);
}

static void an_update_replaces_every_value(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer"
               " VALUES ('wxc', 'wxa', 'authorized', 'a', 'r', now(), now(), '{1}', 17, now(), 1,"
               "         'rid', '2020-01-01', 'topic', 1, 2, 3, 4, 'digest', 'trace')");
    struct change change = {
        .component = appid("wxc"),
        .authorizer = appid("wxa"),
        .version_read = 17,
        .status = STATUS_UNAUTHORIZED,
    };

    assert_int_equal(store(&change), POSTGRES_DONE);

    assert_int_equal(client()->replies[0].version, 18);
    assert_int_equal(other_counts("SELECT count(*)"
                                  "  FROM wxtoken.authorizer"
                                  " WHERE status = 'unauthorized'"
                                  "   AND updated_at > now() - interval '1 minute'"
                                  "   AND num_nonnulls(authorizer_access_token,"
                                  "       authorizer_refresh_token, expires_at, refresh_due_at,"
                                  "       func_scopes, authorized_at, last_errcode, last_rid,"
                                  "       cause_topic, cause_partition, cause_offset,"
                                  "       cause_timestamp, writer, code_digest) = 0"),
                     1);
}

static void null_and_empty_stay_apart(void **state)
{
    (void)state;
    static const int32_t none[1];
    struct change empty = change_of("wxempty", VERSION_ABSENT);
    empty.access_token = empty.refresh_token = STR("");
    empty.scopes.at = none;
    struct change null = {
        .component = appid("wxc"), .authorizer = appid("wxnull"), .version_read = VERSION_ABSENT};

    assert_int_equal(store(&empty), POSTGRES_DONE);
    assert_int_equal(store(&null), POSTGRES_DONE);

    struct authorizer row = load("wxempty")->row;
    assert_non_null(row.access_token.at);
    assert_non_null(row.refresh_token.at);
    assert_non_null(row.scopes.at);
    assert_int_equal(row.scopes.count, 0);
    row = load("wxnull")->row;
    assert_int_equal(row.version, 1);
    assert_null(row.access_token.at);
    assert_null(row.refresh_token.at);
    assert_null(row.scopes.at);
    assert_null(row.cause.topic.at);
    assert_int_equal(row.expires_at_s, 0);
    assert_int_equal(row.writer, 0);
    assert_false(row.has_digest);
}

static void a_row_of_the_contract_alone_is_loaded_with_its_defaults(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid, expires_at)"
               " VALUES ('wxc', 'wxa', 'infinity')");

    struct authorizer row = load("wxa")->row;

    assert_int_equal(row.status, STATUS_AUTHORIZED);
    assert_int_equal(row.version, 0);
    assert_int_equal(row.expires_at_s, INT64_MAX / 1000000);
    assert_int_equal(row.writer, 0);
    assert_null(row.cause.topic.at);
}

static void the_largest_batch_of_the_largest_rows_is_stored(void **state)
{
    (void)state;
    static char token[TOKEN_LEN_MAX], topic[TOPIC_LEN_MAX];
    static int32_t scopes[SCOPES_MAX];
    static struct change changes[POSTGRES_BATCH_MAX];
    memset(token, 't', sizeof(token));
    memset(topic, 't', sizeof(topic));
    for (size_t i = 0; i < SCOPES_MAX; i++)
        scopes[i] = INT32_MIN + (int32_t)i;
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++) {
        char name[APPID_LEN_MAX + 1];
        (void)snprintf(name, sizeof(name), "%064zu", POSTGRES_BATCH_MAX - i); /* not in order */
        changes[i] = change_of(name, VERSION_ABSENT);
        changes[i].access_token = changes[i].refresh_token = (struct str){.at = token,
                                                                          .len = sizeof(token)};
        changes[i].scopes = (struct scopes){.at = scopes, .count = SCOPES_MAX};
        changes[i].cause.topic = (struct str){.at = topic, .len = sizeof(topic)};
    }

    store_all(changes, POSTGRES_BATCH_MAX);
    take(POSTGRES_BATCH_MAX);

    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++)
        assert_int_equal(reply_of(&changes[i])->outcome, POSTGRES_DONE);
    struct load loads[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++)
        loads[i] = (struct load){
            .tag = &changes[i], .component = appid("wxc"), .authorizer = changes[i].authorizer};
    postgres_load(client()->postgres, loads, POSTGRES_BATCH_MAX);
    take(POSTGRES_BATCH_MAX);
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++) {
        struct authorizer row = reply_of(&changes[i])->row;
        assert_true(appid_equal(&row.authorizer, &changes[i].authorizer));
        assert_true(str_equal(row.refresh_token, changes[i].refresh_token));
        assert_int_equal(row.scopes.count, SCOPES_MAX);
        assert_memory_equal(row.scopes.at, scopes, sizeof(scopes));
    }
}

static void replies_are_handed_over_as_there_is_room(void **state)
{
    (void)state;
    enum { COUNT = 10, ROOM = 4 };
    struct change changes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        char name[8] = {'w', 'x', (char)('0' + i)};
        changes[i] = change_of(name, VERSION_ABSENT);
    }

    store_all(changes, COUNT);
    size_t first = turn(client()->replies, ROOM);
    while (!first)
        first = turn(client()->replies, ROOM);

    assert_int_equal(first, ROOM);
    assert_int_equal(postgres_room(client()->postgres), 0);
    assert_int_equal(postgres_take(client()->postgres, client()->replies + 4, ROOM), ROOM);
    assert_int_equal(postgres_take(client()->postgres, client()->replies + 8, ROOM), 2);
    assert_int_equal(postgres_room(client()->postgres), POSTGRES_BATCH_MAX);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(reply_of(&changes[i])->outcome, POSTGRES_DONE);
}

/* The fence. */

static void a_second_store_on_one_version_is_refused(void **state)
{
    (void)state;
    other_runs(
        "INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid) VALUES ('wxc', 'wxa')");
    struct change first = change_of("wxa", 0), second = change_of("wxa", 0);
    second.access_token = STR("late");

    assert_int_equal(store(&first), POSTGRES_DONE);
    assert_int_equal(store(&second), POSTGRES_STALE);

    struct authorizer row = load("wxa")->row;
    assert_int_equal(row.version, 1);
    assert_str(row.access_token, "access");
}

static void an_insert_of_an_existing_row_is_refused(void **state)
{
    (void)state;
    struct change first = change_of("wxa", VERSION_ABSENT), second = first;
    second.access_token = STR("late");

    assert_int_equal(store(&first), POSTGRES_DONE);
    assert_int_equal(store(&second), POSTGRES_STALE);

    assert_str(load("wxa")->row.access_token, "access");
}

static void an_update_of_an_absent_row_is_refused(void **state)
{
    (void)state;
    struct change change = change_of("wxa", 0);

    assert_int_equal(store(&change), POSTGRES_STALE);

    assert_false(authorizer_exists(&load("wxa")->row));
}

static void a_batch_is_refused_row_by_row(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid, version)"
               " VALUES ('wxc', 'wxa', 5), ('wxc', 'wxb', 5), ('wxd', 'wxc', 5)");
    struct change changes[] = {change_of("wxd", VERSION_ABSENT), change_of("wxc", 5),
                               change_of("wxb", VERSION_ABSENT), change_of("wxa", 5)};

    store_all(changes, 4);
    take(4);

    assert_int_equal(reply_of(&changes[0])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&changes[0])->version, 1);
    assert_int_equal(reply_of(&changes[1])->outcome, POSTGRES_STALE);
    assert_int_equal(reply_of(&changes[2])->outcome, POSTGRES_STALE);
    assert_int_equal(reply_of(&changes[3])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&changes[3])->version, 6);
}

static void a_store_that_waited_for_anothers_change_is_refused(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid)"
               " VALUES ('wxc', 'wxa'), ('wxc', 'wxb')");
    struct change changes[] = {change_of("wxa", 0), change_of("wxb", 0)};
    other_runs("BEGIN; UPDATE wxtoken.authorizer SET version = 1 WHERE authorizer_appid = 'wxa'");

    store_all(changes, 2);
    wait_until_ours_waits_for_a_lock();
    other_runs("COMMIT");
    take(2);

    assert_int_equal(reply_of(&changes[0])->outcome, POSTGRES_STALE);
    assert_int_equal(reply_of(&changes[1])->outcome, POSTGRES_DONE);
}

/* Codes. */

static struct postgres_reply *load_by_digest(const char *authorizer, const uint8_t *digest)
{
    struct load wanted = {.tag = &wanted, .component = appid("wxc"), .digest = digest};
    if (authorizer)
        wanted.authorizer = appid(authorizer);
    postgres_load(client()->postgres, &wanted, 1);
    take(1);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_DONE);
    return &client()->replies[0];
}

static void a_digest_finds_the_row_without_a_name(void **state)
{
    (void)state;
    struct change change = change_of("wxa", VERSION_ABSENT);
    change.has_digest = true;
    memset(change.code_digest, 7, DIGEST_BYTES);
    assert_int_equal(store(&change), POSTGRES_DONE);

    struct postgres_reply *reply = load_by_digest(NULL, change.code_digest);

    assert_true(authorizer_exists(&reply->row));
    assert_row_name(reply, "wxa");
}

static void a_digest_that_no_row_has_leaves_the_row_of_the_name(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_BYTES] = {1};
    struct change change = change_of("wxa", VERSION_ABSENT);
    assert_int_equal(store(&change), POSTGRES_DONE);

    assert_true(authorizer_exists(&load_by_digest("wxa", digest)->row));
    assert_false(authorizer_exists(&load_by_digest(NULL, digest)->row));
    assert_false(appid_is_known(&client()->replies[0].row.authorizer));
}

static void the_row_of_the_digest_comes_before_the_row_of_the_name(void **state)
{
    (void)state;
    struct change changes[] = {change_of("wxa", VERSION_ABSENT), change_of("wxb", VERSION_ABSENT),
                               change_of("wxc", VERSION_ABSENT)};
    for (size_t i = 1; i < 3; i++) {
        changes[i].has_digest = true;
        memset(changes[i].code_digest, 7, DIGEST_BYTES);
    }
    store_all(changes, 3);
    take(3);

    struct postgres_reply *reply = load_by_digest("wxa", changes[1].code_digest);
    assert_string_not_equal(reply->row.authorizer.at, "wxa");
    assert_row_name(load_by_digest("wxb", changes[1].code_digest), "wxb");
    assert_row_name(load_by_digest("wxc", changes[1].code_digest), "wxc");
}

static void the_digest_of_another_component_finds_nothing(void **state)
{
    (void)state;
    struct change change = change_of("wxa", VERSION_ABSENT);
    change.component = appid("wxanother");
    change.has_digest = true;
    struct change mine = change_of("wxa", VERSION_ABSENT);
    assert_int_equal(store(&change), POSTGRES_DONE);
    assert_int_equal(store(&mine), POSTGRES_DONE);

    assert_false(authorizer_exists(&load_by_digest(NULL, change.code_digest)->row));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, client_begin, client_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_row_that_is_absent_is_loaded_as_absent),
        CASE(the_components_token_comes_with_the_row),
        CASE(what_is_stored_is_loaded_again),
        CASE(an_update_replaces_every_value),
        CASE(null_and_empty_stay_apart),
        CASE(a_row_of_the_contract_alone_is_loaded_with_its_defaults),
        CASE(the_largest_batch_of_the_largest_rows_is_stored),
        CASE(replies_are_handed_over_as_there_is_room),
        CASE(a_second_store_on_one_version_is_refused),
        CASE(an_insert_of_an_existing_row_is_refused),
        CASE(an_update_of_an_absent_row_is_refused),
        CASE(a_batch_is_refused_row_by_row),
        CASE(a_store_that_waited_for_anothers_change_is_refused),
        CASE(a_digest_finds_the_row_without_a_name),
        CASE(a_digest_that_no_row_has_leaves_the_row_of_the_name),
        CASE(the_row_of_the_digest_comes_before_the_row_of_the_name),
        CASE(the_digest_of_another_component_finds_nothing),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
