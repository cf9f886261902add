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
    struct claim both = {.topics = {STR("another"), STR(TOPIC)},
                         .topic_count = 2,
                         .count_max = POSTGRES_BATCH_MAX,
                         .lease_ms = LEASE_MS};
    postgres_claim_due(client()->postgres, &both);
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

    other_runs("BEGIN; EXECUTE claim_due('{" TOPIC "}', '{}', 2, 60000)");
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
    struct load loads[] = {{.origin = &here, .asks_parked = true},
                           {.origin = &again, .asks_parked = true},
                           {.origin = &elsewhere, .asks_parked = true},
                           {.origin = &next, .asks_parked = true},
                           {.origin = &here},
                           {0}};
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

/* Parks a refresh of an account. Returns its record. */
static struct record park_refresh(int64_t offset, const char *component, const char *authorizer,
                                  int64_t version)
{
    struct record record = record_at(offset);
    struct parked parked = fresh();
    parked.authorizer = appid(authorizer);
    parked.serves_version = version;
    struct park wanted = park_of(&record, &parked);
    wanted.component = appid(component);
    postgres_park(client()->postgres, &wanted, 1);
    take(1);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_DONE);
    return record;
}

enum source { FROM_KAFKA, CLAIMED };

/* Asks for a refresh of wxc/wxa. */
static bool is_served(struct origin origin, enum source from)
{
    struct load load = {.tag = &load,
                        .component = appid("wxc"),
                        .authorizer = appid("wxa"),
                        .origin = &origin,
                        .asks_parked = from == FROM_KAFKA,
                        .asks_served = true};
    postgres_load(client()->postgres, &load, 1);
    take(1);
    return client()->replies[0].is_served;
}

static void a_parked_refresh_serves_those_of_its_account(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid, version)"
               " VALUES ('wxc', 'wxa', 7)");
    struct origin mine = record_at(5).origin;
    static const struct {
        const char *component, *authorizer;
        int64_t version;
        bool serves;
    } cases[] = {
        {"wxc", "wxa", SERVES_NONE, false}, {"wxc", "wxb", -1, false}, {"wxd", "wxa", -1, false},
        {"wxc", "wxa", 6, false},           {"wxc", "wxa", 7, true},   {"wxc", "wxa", -1, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct record other = park_refresh(9, cases[i].component, cases[i].authorizer,
                                           cases[i].version);
        assert_int_equal(is_served(mine, FROM_KAFKA), cases[i].serves);
        assert_int_equal(unpark(&other, 1), POSTGRES_DONE);
    }
}

static void of_two_parked_refreshes_the_smaller_serves_the_other(void **state)
{
    (void)state;
    other_runs("INSERT INTO wxtoken.authorizer (component_appid, authorizer_appid)"
               " VALUES ('wxc', 'wxa')");
    struct origin first = park_refresh(1, "wxc", "wxa", -1).origin;
    struct origin second = park_refresh(2, "wxc", "wxa", -1).origin;

    assert_false(is_served(first, CLAIMED));
    assert_true(is_served(second, CLAIMED));
    second.partition--;
    assert_false(is_served(second, CLAIMED));
}

static struct claim claim_of(size_t count_max)
{
    return (struct claim){
        .topics = {topic}, .topic_count = 1, .count_max = count_max, .lease_ms = LEASE_MS};
}

/* Claims, and counts the records of a component among those that came. */
static int claimed_of(const struct claim *claim, const char *component)
{
    char counts[200];
    postgres_claim_due(client()->postgres, claim);
    free_records(replies_until_room());
    (void)snprintf(counts, sizeof(counts),
                   "SELECT count(*) FROM wxtoken.parked"
                   " WHERE revision = 2 AND coalesce(component_appid, '') = '%s'",
                   component);
    return other_counts(counts);
}

static void each_component_has_an_equal_share_of_a_claim(void **state)
{
    (void)state;
    for (int64_t offset = 0; offset < 20; offset++)
        (void)park_refresh(offset, "wxsick", "wxa", SERVES_NONE);
    for (int64_t offset = 20; offset < 24; offset++)
        (void)park_refresh(offset, "wxwell", "wxa", SERVES_NONE);
    park_fresh(24); /* nobody could tell its component */
    struct claim claim = claim_of(6);

    assert_int_equal(claimed_of(&claim, "wxsick"), 2);
    assert_int_equal(other_counts("SELECT count(*) FROM wxtoken.parked WHERE revision = 2"), 5);
    assert_int_equal(claimed_of(&claim, "wxwell"), 4);
    assert_int_equal(claimed_of(&claim, "wxsick"), 11);
}

static void components_that_are_named_are_left_alone(void **state)
{
    (void)state;
    (void)park_refresh(1, "wxshut", "wxa", SERVES_NONE);
    (void)park_refresh(2, "wxopen", "wxa", SERVES_NONE);
    struct claim claim = claim_of(10);
    claim.left_alone[0] = appid("wxshut");
    claim.left_alone_count = 1;

    assert_int_equal(claimed_of(&claim, "wxopen"), 1);
    assert_int_equal(claimed_of(&claim, "wxshut"), 0);
    claim.left_alone_count = 0;
    assert_int_equal(claimed_of(&claim, "wxshut"), 1);
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

    send_claim(topic, 1);
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
    send_claim(topic, POSTGRES_BATCH_MAX);

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
        CASE(a_parked_refresh_serves_those_of_its_account),
        CASE(of_two_parked_refreshes_the_smaller_serves_the_other),
        CASE(each_component_has_an_equal_share_of_a_claim),
        CASE(components_that_are_named_are_left_alone),
        CASE(a_row_that_cannot_be_read_back_stays_and_is_told),
        CASE(headers_cut_short_are_no_headers),
        CASE(a_broken_row_harms_no_neighbour),
        CASE(what_is_cut_off_is_unknown),
        CASE(a_taking_that_is_cut_off_gives_no_reply),
        CASE(records_that_nobody_has_taken_end_with_the_adapter),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
