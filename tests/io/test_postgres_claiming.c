#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/parking_client.h"
#include "io/postgres/statement.h"
#include "io/postgres/headers.h"

static const struct str topic = {TOPIC, sizeof(TOPIC) - 1};

/* Claiming. */

static void nothing_due_gives_no_reply_but_room_again(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked parked = fresh();
    struct park later = park_of(&record, &parked);
    later.wait_ms = 60000;

    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 0);
    postgres_park(client()->postgres, &later, 1);
    take(1);
    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 0);

    assert_int_equal(postgres_room(client()->postgres), POSTGRES_BATCH_MAX);
    assert_int_equal(other_counts("SELECT revision FROM wxtoken.parked"), 1);
}

static void the_lease_pushes_due_at_on(void **state)
{
    (void)state;
    park_fresh(1);

    free(take_one());

    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 0);
    assert_int_equal(other_counts("SELECT count(*)"
                                  "  FROM wxtoken.parked"
                                  " WHERE due_at BETWEEN now() + interval '30 seconds'"
                                  "                  AND now() + interval '60 seconds'"),
                     1);
    other_runs("UPDATE wxtoken.parked SET due_at = now()");
    free(take_one());
    assert_int_equal(client()->replies[0].parked.revision, 3);
}

static void the_longest_due_come_first_and_no_more_than_asked_for(void **state)
{
    (void)state;
    for (int64_t offset = 1; offset <= 4; offset++)
        park_fresh(offset);
    other_runs("UPDATE wxtoken.parked SET due_at = now() - record_offset * interval '1 minute'");

    assert_int_equal(claim_due(3), 3);

    assert_int_equal(client()->replies[0].record->origin.offset, 4);
    assert_int_equal(client()->replies[1].record->origin.offset, 3);
    assert_int_equal(client()->replies[2].record->origin.offset, 2);
    free_records(3);
}

static void rows_of_other_topics_are_left_alone(void **state)
{
    (void)state;
    struct record other = record_at(1);
    other.origin.topic = STR("another");
    struct parked parked = fresh();
    assert_int_equal(park(&other, &parked), POSTGRES_DONE);
    park_fresh(1);

    struct record *record = take_one();

    assert_str(record->origin.topic, TOPIC);
    free(record);
    assert_int_equal(other_counts("SELECT revision FROM wxtoken.parked WHERE topic = 'another'"),
                     1);
    const struct str both[] = {STR("another"), STR(TOPIC)};
    postgres_claim_due(client()->postgres, both, 2, POSTGRES_BATCH_MAX, LEASE_MS);
    assert_int_equal(replies_until_room(), 1);
    free_records(1);
}

/* The other takes with the worker's own statement. */
static void two_workers_never_take_the_same_row(void **state)
{
    (void)state;
    other_prepares(claim_due_statement());
    park_fresh(1);
    park_fresh(2);
    park_fresh(3);

    other_runs("BEGIN; EXECUTE claim_due('{" TOPIC "}', 2, 60000)");
    struct record *record = take_one(); /* without waiting for the other's end */
    other_runs("COMMIT");

    assert_int_equal(record->origin.offset, 3);
    free(record);
    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 0);
    assert_int_equal(other_counts("SELECT count(*) FROM wxtoken.parked WHERE revision = 2"), 3);
}

static void a_load_finds_its_record_parked(void **state)
{
    (void)state;
    park_fresh(1);
    struct origin here = record_at(1).origin, again = here, elsewhere = here, next = here;
    again.timestamp_ms++;
    elsewhere.partition++;
    next.offset++;
    struct load loads[] = {
        {.origin = &here}, {.origin = &again}, {.origin = &elsewhere}, {.origin = &next}, {0}};
    enum { LOADS = COUNT_OF(loads) };
    for (size_t i = 0; i < LOADS; i++) {
        loads[i].tag = &loads[i];
        loads[i].component = appid("wxc");
        loads[i].authorizer = appid("wxa");
    }

    postgres_load(client()->postgres, loads, LOADS);
    take(LOADS);

    for (size_t i = 0; i < LOADS; i++) {
        assert_int_equal(reply_of(&loads[i])->outcome, POSTGRES_DONE);
        assert_int_equal(reply_of(&loads[i])->is_parked, i == 0);
    }
}

/* Trouble. */

static void a_row_that_cannot_be_read_back_stays_and_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *set, *column;
    } cases[] = {
        {"record_headers = ''", "record_headers"},
        {"record_headers = '\\x00000001'", "record_headers"},
        {"record_headers = '\\xffffffff'", "record_headers"},
        {"record_headers = '\\x0000000000'", "record_headers"},
        {"record_headers = '\\x00000001ffffffff00000000'", "record_headers"},
        {"record_headers = '\\x000000010000000961ffffffff'", "record_headers"},
        {"authorizer_appid = 'no appid'", "authorizer_appid"},
        {"rid = repeat('r', 49)", "rid"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char sql[160], detail[200];
        other_runs("TRUNCATE wxtoken.parked");
        park_fresh(1);
        park_fresh(2);
        (void)snprintf(sql, sizeof(sql), "UPDATE wxtoken.parked SET %s WHERE record_offset = 1",
                       cases[i].set);
        (void)snprintf(detail, sizeof(detail),
                       "cannot take %s of the row parked for " TOPIC "/3@1 (1000)",
                       cases[i].column);
        other_runs(sql);

        assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 2);

        assert_int_equal(client()->replies[0].outcome, POSTGRES_BROKEN);
        assert_null(client()->replies[0].tag);
        assert_null(client()->replies[0].record);
        assert_string_equal(client()->replies[0].detail, detail);
        assert_int_equal(client()->replies[1].outcome, POSTGRES_DONE);
        free(client()->replies[1].record);
        assert_int_equal(parked_rows(), 2);
        assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 0);
    }
}

/* Each beginning stands in memory of its own size, so that the sanitizer sees what is read
 * behind it. */
static void headers_cut_short_are_no_headers(void **state)
{
    (void)state;
    const struct record_header headers[] = {{STR("name"), STR("value")}, {STR(""), {0}}};
    struct record record = {.header_count = 2, .headers = headers};
    char whole[64];
    size_t bytes = headers_bytes(&record), count = 0;
    assert_in_range(bytes, 1, sizeof(whole));
    headers_write(whole, &record);

    for (size_t len = 0; len < bytes; len++) {
        char *beginning = malloc(len + 1);
        memcpy(beginning + 1, whole, len);
        assert_false(headers_count(&count, (struct str){.at = beginning + 1, .len = len}));
        free(beginning);
    }

    assert_true(headers_count(&count, (struct str){.at = whole, .len = bytes}));
    assert_int_equal(count, 2);
}

static void a_broken_row_harms_no_neighbour(void **state)
{
    (void)state;
    struct record records[] = {record_at(3), record_at(1), record_at(2)};
    struct parked parked = fresh(), wrong = fresh();
    wrong.inquiry.rid.len = 1;
    wrong.inquiry.rid.at[0] = '\xff'; /* no UTF-8 */
    struct park parks[] = {park_of(&records[0], &parked), park_of(&records[1], &wrong),
                           park_of(&records[2], &parked)};

    postgres_park(client()->postgres, parks, 3);
    take(3);

    assert_int_equal(reply_of(&records[0])->outcome, POSTGRES_DONE);
    assert_int_equal(reply_of(&records[1])->outcome, POSTGRES_BROKEN);
    assert_int_equal(reply_of(&records[2])->outcome, POSTGRES_DONE);
    assert_string_equal(reply_of(&records[1])->detail, "22021 data exception");
    assert_int_equal(parked_rows(), 2);
}

static void what_is_cut_off_is_unknown(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked parked = fresh();
    struct park to_park = park_of(&record, &parked);
    struct unpark to_unpark = {.tag = &to_unpark, .origin = &record.origin, .revision = 1};

    other_runs("BEGIN; LOCK TABLE wxtoken.parked");
    postgres_park(client()->postgres, &to_park, 1);
    wait_until_ours_waits_for_a_lock();
    other_ends_our_session();
    take(1);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_UNKNOWN);
    other_runs("COMMIT");
    wait_until_connected();

    other_runs("BEGIN; LOCK TABLE wxtoken.parked");
    postgres_unpark(client()->postgres, &to_unpark, 1);
    wait_until_ours_waits_for_a_lock();
    other_ends_our_session();
    take(1);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_UNKNOWN);
    other_runs("COMMIT");
}

static void a_taking_that_is_cut_off_gives_no_reply(void **state)
{
    (void)state;
    park_fresh(1);
    other_runs("BEGIN; LOCK TABLE wxtoken.parked");

    postgres_claim_due(client()->postgres, &topic, 1, 1, LEASE_MS);
    wait_until_ours_waits_for_a_lock();
    other_ends_our_session();
    wait_until_disconnected();
    other_runs("COMMIT");
    wait_until_connected();

    free(take_one());
}

static void records_that_nobody_has_taken_end_with_the_adapter(void **state)
{
    (void)state;
    park_fresh(1);
    park_fresh(2);
    postgres_claim_due(client()->postgres, &topic, 1, POSTGRES_BATCH_MAX, LEASE_MS);

    while (!turn(client()->replies, 1))
        ;

    free(client()->replies[0].record); /* of the other the sanitizer would tell */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, client_begin, client_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_due_gives_no_reply_but_room_again),
        CASE(the_lease_pushes_due_at_on),
        CASE(the_longest_due_come_first_and_no_more_than_asked_for),
        CASE(rows_of_other_topics_are_left_alone),
        CASE(two_workers_never_take_the_same_row),
        CASE(a_load_finds_its_record_parked),
        CASE(a_row_that_cannot_be_read_back_stays_and_is_told),
        CASE(headers_cut_short_are_no_headers),
        CASE(a_broken_row_harms_no_neighbour),
        CASE(what_is_cut_off_is_unknown),
        CASE(a_taking_that_is_cut_off_gives_no_reply),
        CASE(records_that_nobody_has_taken_end_with_the_adapter),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
