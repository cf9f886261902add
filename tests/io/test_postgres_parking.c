#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "io/parking_client.h"

enum { MEBIBYTE = 1 << 20 };

/* Records are parked and claimed again. */

static void assert_same_view(struct str view, struct str expected)
{
    assert_int_equal(view.at == NULL, expected.at == NULL);
    assert_int_equal(view.len, expected.len);
    assert_memory_equal(view.at ? view.at : "", expected.at ? expected.at : "", view.len);
}

static void assert_same_record(const struct record *record, const struct record *expected)
{
    assert_true(origin_equal(&record->origin, &expected->origin));
    assert_same_view(record->key, expected->key);
    assert_same_view(record->value, expected->value);
    assert_int_equal(record->header_count, expected->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        assert_same_view(record->headers[i].name, expected->headers[i].name);
        assert_same_view(record->headers[i].value, expected->headers[i].value);
    }
}

static void a_record_comes_back_byte_for_byte(void **state)
{
    (void)state;
    enum { HEADERS = 50 };
    static char all_bytes[256];
    static struct record_header headers[HEADERS];
    for (size_t i = 0; i < sizeof(all_bytes); i++)
        all_bytes[i] = (char)i;
    struct str all = {.at = all_bytes, .len = sizeof(all_bytes)};
    for (size_t i = 0; i < HEADERS; i++)
        headers[i] = (struct record_header){.name = {.at = all_bytes + i, .len = i},
                                            .value = i % 3 ? all : (struct str){0}};
    const struct record_header empty[] = {{STR(""), STR("")}};
    struct record cases[] = {
        {.key = {0}, .value = {0}},
        {.key = STR(""), .value = STR("")},
        {.key = all, .value = all},
        {.key = STR("key"), .value = STR("value"), .header_count = 1, .headers = empty},
        {.key = all, .value = {0}, .header_count = HEADERS, .headers = headers},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cases[i].origin = record_at((int64_t)i).origin;
        struct parked parked = fresh();

        assert_int_equal(park(&cases[i], &parked), POSTGRES_DONE);
        struct record *record = take_one();

        assert_same_record(record, &cases[i]);
        free(record);
    }
}

static void a_value_of_a_mebibyte_comes_back(void **state)
{
    (void)state;
    static char value[MEBIBYTE];
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)(i * i % 251);
    struct record large = record_at(1);
    large.value = (struct str){.at = value, .len = sizeof(value)};
    struct parked parked = fresh();

    assert_int_equal(park(&large, &parked), POSTGRES_DONE);
    struct record *record = take_one();

    assert_same_record(record, &large);
    free(record);
}

static void assert_same_knowledge(const struct parked *parked, const struct parked *expected)
{
    assert_int_equal(parked->first_seen_ms, expected->first_seen_ms);
    assert_int_equal(parked->failing_since_ms, expected->failing_since_ms);
    assert_int_equal(parked->tries, expected->tries);
    assert_int_equal(parked->owes, expected->owes);
    assert_true(appid_equal(&parked->authorizer, &expected->authorizer));
    assert_int_equal(parked->code_has_answered, expected->code_has_answered);
    assert_true(parked->inquiry.refused_token == expected->inquiry.refused_token);
    assert_int_equal(parked->inquiry.exhausted_version, expected->inquiry.exhausted_version);
    assert_int_equal(parked->inquiry.exhausted_at_ms, expected->inquiry.exhausted_at_ms);
    assert_int_equal(parked->inquiry.search_until_ms, expected->inquiry.search_until_ms);
    assert_int_equal(parked->inquiry.errcode, expected->inquiry.errcode);
    assert_int_equal(parked->inquiry.rid.len, expected->inquiry.rid.len);
    assert_memory_equal(parked->inquiry.rid.at, expected->inquiry.rid.at, parked->inquiry.rid.len);
}

static void what_a_job_knows_comes_back(void **state)
{
    (void)state;
    const struct parked cases[] = {
        fresh(),
        {.first_seen_ms = 1770000000123,
         .failing_since_ms = 1770000000124,
         .tries = 17,
         .owes = true,
         .authorizer = appid("wxa"),
         .code_has_answered = true,
         .inquiry.refused_token = UINT64_MAX,
         .inquiry.exhausted_version = VERSION_ABSENT,
         .inquiry.exhausted_at_ms = 1770000000126,
         .inquiry.search_until_ms = 1770000000125,
         .inquiry.errcode = -1,
         .inquiry.rid = {3, "rid"}},
        {.first_seen_ms = -1, .inquiry.exhausted_version = 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct record record = record_at((int64_t)i);

        assert_int_equal(park(&record, &cases[i]), POSTGRES_DONE);
        free(take_one());

        const struct parked *parked = &client()->replies[0].parked;
        assert_same_knowledge(parked, &cases[i]);
        assert_int_equal(parked->revision, 2);
        int now_s = other_counts("SELECT extract(epoch FROM now())::integer");
        assert_true(llabs(parked->parked_at_us / 1000000 - now_s) < 60);
    }
}

static void component_and_reason_stand_in_the_row(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked parked = fresh();
    struct park wanted = park_of(&record, &parked);
    wanted.component = appid("wxc");
    wanted.wait_ms = 90500;

    postgres_park(client()->postgres, &wanted, 1);
    take(1);

    assert_int_equal(client()->replies[0].outcome, POSTGRES_DONE);
    assert_int_equal(other_counts("SELECT count(*)"
                                  "  FROM wxtoken.parked"
                                  " WHERE component_appid = 'wxc'"
                                  "   AND authorizer_appid IS NULL"
                                  "   AND reason = 'a reason'"
                                  "   AND revision = 1"
                                  "   AND due_at = parked_at + interval '90.5 seconds'"
                                  "   AND parked_at BETWEEN now() - interval '1 minute' AND now()"),
                     1);
}

static void the_largest_batch_is_parked_taken_and_deleted(void **state)
{
    (void)state;
    static char topic[TOPIC_LEN_MAX], name[APPID_LEN_MAX + 1];
    static struct record records[POSTGRES_BATCH_MAX];
    static struct park parks[POSTGRES_BATCH_MAX];
    static struct unpark unparks[POSTGRES_BATCH_MAX];
    memset(topic, 't', sizeof(topic));
    memset(name, 'a', APPID_LEN_MAX);
    struct parked parked = fresh();
    parked.authorizer = appid(name);
    parked.inquiry.rid.len = RID_LEN_MAX;
    memset(parked.inquiry.rid.at, 'r', RID_LEN_MAX);
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++) {
        records[i] = record_at((int64_t)(POSTGRES_BATCH_MAX - i)); /* not in order */
        records[i].origin.topic = (struct str){.at = topic, .len = sizeof(topic)};
        parks[i] = park_of(&records[i], &parked);
        parks[i].component = appid(name);
        unparks[i] = (struct unpark){
            .tag = &records[i], .origin = &records[i].origin, .revision = 2};
    }

    postgres_park(client()->postgres, parks, POSTGRES_BATCH_MAX);
    take(POSTGRES_BATCH_MAX);
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++)
        assert_int_equal(reply_of(&records[i])->outcome, POSTGRES_DONE);

    send_claim(records[0].origin.topic, POSTGRES_BATCH_MAX);
    assert_int_equal(replies_until_room(), POSTGRES_BATCH_MAX);
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++)
        assert_int_equal(client()->replies[i].record->origin.offset, i + 1);
    free_records(POSTGRES_BATCH_MAX);

    postgres_unpark(client()->postgres, unparks, POSTGRES_BATCH_MAX);
    take(POSTGRES_BATCH_MAX);
    for (size_t i = 0; i < POSTGRES_BATCH_MAX; i++)
        assert_int_equal(reply_of(&records[i])->outcome, POSTGRES_DONE);
    assert_int_equal(parked_rows(), 0);
}

/* Parked again. */

static void a_debt_is_never_cleared(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked owing = fresh(), other = fresh();
    owing.owes = owing.code_has_answered = true;

    assert_int_equal(park(&record, &owing), POSTGRES_DONE);
    assert_int_equal(park(&record, &other), POSTGRES_DONE);
    free(take_one());

    assert_true(client()->replies[0].parked.owes);
    assert_true(client()->replies[0].parked.code_has_answered);
}

static void a_debt_is_added(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked owing = fresh();
    owing.owes = owing.code_has_answered = true;
    park_fresh(1);

    assert_int_equal(park(&record, &owing), POSTGRES_DONE);
    free(take_one());

    assert_true(client()->replies[0].parked.owes);
    assert_true(client()->replies[0].parked.code_has_answered);
}

static void parked_again_the_first_times_and_the_names_stay_and_the_rest_is_new(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked first = fresh(), second = fresh();
    first.authorizer = appid("wxa");
    first.tries = 9;
    first.failing_since_ms = first.inquiry.search_until_ms = 1;
    first.inquiry.refused_token = 7;
    first.inquiry.exhausted_version = 5;
    first.inquiry.errcode = 61009;
    first.inquiry.rid.len = 1;
    first.inquiry.rid.at[0] = 'r';
    second.first_seen_ms += 1000;
    second.tries = 3;

    assert_int_equal(park(&record, &first), POSTGRES_DONE);
    other_runs("UPDATE wxtoken.parked"
               "   SET parked_at = '2020-01-01Z', component_appid = 'wxc', reason = 'old'");
    assert_int_equal(park(&record, &second), POSTGRES_DONE);
    free(take_one());

    struct parked expected = second;
    expected.first_seen_ms = first.first_seen_ms;
    expected.authorizer = first.authorizer;
    assert_same_knowledge(&client()->replies[0].parked, &expected);
    assert_int_equal(client()->replies[0].parked.parked_at_us, 1577836800000000);
    assert_int_equal(client()->replies[0].parked.revision, 3);
    assert_int_equal(other_counts("SELECT count(*)"
                                  "  FROM wxtoken.parked"
                                  " WHERE component_appid = 'wxc' AND reason = 'a reason'"),
                     1);
}

static void an_earlier_first_seen_and_a_new_name_take_the_place_of_the_old(void **state)
{
    (void)state;
    struct record record = record_at(1);
    struct parked first = fresh(), second = fresh();
    first.authorizer = appid("wxa");
    second.authorizer = appid("wxb");
    second.first_seen_ms -= 1000;

    assert_int_equal(park(&record, &first), POSTGRES_DONE);
    assert_int_equal(park(&record, &second), POSTGRES_DONE);
    free(take_one());

    assert_same_knowledge(&client()->replies[0].parked, &second);
}

static void only_the_revision_that_was_taken_is_deleted(void **state)
{
    (void)state;
    struct record record = record_at(1);
    park_fresh(1);
    park_fresh(2);
    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 2);
    int64_t revision = client()->replies[0].parked.revision;
    free_records(2);
    park_fresh(1); /* somebody adds to it */

    assert_int_equal(unpark(&record, revision), POSTGRES_DONE);
    assert_int_equal(parked_rows(), 2);
    assert_int_equal(unpark(&record, revision + 1), POSTGRES_DONE);
    assert_int_equal(parked_rows(), 1);
    assert_int_equal(unpark(&record, revision + 1), POSTGRES_DONE);
    assert_int_equal(other_counts("SELECT record_offset FROM wxtoken.parked"), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, client_begin, client_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_record_comes_back_byte_for_byte),
        CASE(a_value_of_a_mebibyte_comes_back),
        CASE(what_a_job_knows_comes_back),
        CASE(component_and_reason_stand_in_the_row),
        CASE(the_largest_batch_is_parked_taken_and_deleted),
        CASE(a_debt_is_never_cleared),
        CASE(a_debt_is_added),
        CASE(parked_again_the_first_times_and_the_names_stay_and_the_rest_is_new),
        CASE(an_earlier_first_seen_and_a_new_name_take_the_place_of_the_old),
        CASE(only_the_revision_that_was_taken_is_deleted),
    };
    return cmocka_run_group_tests(tests, client_start, client_stop);
}
