/*
 * Messages that are sent, and the reports that come back.
 */
#include "base/count.h"
#include "io/kafka_scene.h"

/* Java's murmur2 as its clients use it for partitions, written from the published algorithm. */
static uint32_t murmur2(const char *key, size_t len)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28c ^ (uint32_t)len;
    size_t at = 0;
    for (; at + 4 <= len; at += 4) {
        uint32_t k = (uint32_t)(uint8_t)key[at] | (uint32_t)(uint8_t)key[at + 1] << 8 |
                     (uint32_t)(uint8_t)key[at + 2] << 16 | (uint32_t)(uint8_t)key[at + 3] << 24;
        k *= m;
        k ^= k >> 24;
        h = h * m ^ k * m;
    }
    for (size_t i = len - at; i > 0; i--) {
        h ^= (uint32_t)(uint8_t)key[at + i - 1] << (8 * (i - 1));
        h *= i == 1 ? m : 1;
    }
    h ^= h >> 13;
    h *= m;
    return h ^ h >> 15;
}

static void a_message_arrives_whole_where_java_would_put_it(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    assert_int_equal(murmur2("21", 2), (uint32_t)-973932308); /* known answers of Java's */
    assert_int_equal(murmur2("foobar", 6), (uint32_t)-790332482);
    static const char *const keys[] = {"wx1/wx2", "wxc1/wxa00001", "wxc1/wxa00002", "a/b", "wxc/1"};
    struct worker w;
    open_worker(&w, c, NULL, 0);
    const struct record_header headers[] = {
        {STR("ce_id"), STR("wx1/wx2/1")}, {STR("null"), {0}}, {STR("empty"), STR("")}};

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct message message = {.topic = STR(DUE),
                                        .key = str_of(keys[i]),
                                        .value = i ? STR("{}") : (struct str){0},
                                        .header_count = COUNT_OF(headers),
                                        .headers = headers};
        assert_true(kafka_publish(w.kafka, (void *)(uintptr_t)keys[i], &message));
    }
    WAIT_UNTIL(w.report_count == COUNT_OF(keys) && w.record_count == COUNT_OF(keys),
               worker_turn_fully(&w));

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct record *r = w.records[i];
        uint32_t hash = murmur2(r->key.at, r->key.len);
        assert_int_equal(r->origin.partition, (hash & 0x7fffffff) % PARTITIONS);
        assert_int_equal(!r->value.at, str_equal(r->key, STR("wx1/wx2")));
        assert_int_equal(r->header_count, 3);
        assert_str_equal(r->headers[0].value, "wx1/wx2/1");
        assert_null(r->headers[1].value.at);
        assert_non_null(r->headers[2].value.at);
        assert_true(w.reports[i].is_delivered);
        assert_string_equal(w.reports[i].detail, "");
        bool is_known = false;
        for (size_t j = 0; j < COUNT_OF(keys); j++)
            is_known |= w.reports[i].tag == keys[j];
        assert_true(is_known);
    }
    close_worker(&w);
}

static void a_full_queue_says_so_and_has_room_again_after_the_reports(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    rd_kafka_mock_broker_set_down(c->mock, -1);
    open_worker(&w, c, (struct kafka_property[]){{"queue.buffering.max.messages", "2"}}, 1);

    assert_true(produce_small(&w));
    assert_true(produce_small(&w));
    assert_false(produce_small(&w));

    rd_kafka_mock_broker_set_up(c->mock, -1);
    WAIT_UNTIL(w.report_count == 2, worker_turn_fully(&w));
    assert_true(produce_small(&w));
    close_worker(&w);
}

static void what_the_client_finds_too_large_is_reported(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    static char large[4000];
    int tag;
    struct worker w;
    open_worker(&w, c, (struct kafka_property[]){{"message.max.bytes", "2000"}}, 1);
    struct message message = small_message();
    message.value = (struct str){.at = large, .len = sizeof(large)};

    WAIT_UNTIL(!is_readable(&w, STEP_MS), worker_turn_fully(&w));
    assert_true(kafka_publish(w.kafka, &tag, &message));
    assert_true(is_readable(&w, 0));
    worker_turn_fully(&w);

    assert_int_equal(w.report_count, 1);
    assert_ptr_equal(w.reports[0].tag, &tag);
    assert_true(w.reports[0].is_too_large);
    assert_false(w.reports[0].is_delivered);
    assert_non_null(strstr(w.reports[0].detail, DUE));
    close_worker(&w);
}

static void what_the_broker_finds_too_large_is_reported(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    rd_kafka_mock_push_request_errors(c->mock, KEY_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    struct worker w;
    open_worker(&w, c, NULL, 0);

    assert_true(produce_small(&w));
    WAIT_UNTIL(w.report_count == 1, worker_turn_fully(&w));
    assert_true(w.reports[0].is_too_large);

    assert_true(produce_small(&w));
    WAIT_UNTIL(w.report_count == 2, worker_turn_fully(&w));
    assert_true(w.reports[1].is_delivered);
    assert_int_equal(w.fatals, 0);
    close_worker(&w);
}

static void reports_are_taken_as_far_as_there_is_room(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    for (int i = 0; i < 10; i++)
        assert_true(produce_small(&w));
    WAIT_UNTIL(is_readable(&w, 0) && rd_kafka_outq_len(w.kafka->producer) >= 10, take_events(&w));

    WAIT_UNTIL(w.report_count == 10,
               w.report_count += kafka_take_reports(w.kafka, w.reports + w.report_count, 1));

    assert_int_equal(kafka_take_reports(w.kafka, w.reports, 1), 0);
    close_worker(&w);
}

static void a_fatal_error_is_told_once(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    rd_kafka_mock_push_request_errors(c->mock, KEY_INIT_PRODUCER_ID, 1,
                                      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    struct worker w;
    open_worker(&w, c, NULL, 0);

    WAIT_UNTIL(w.fatals == 1, worker_turn_fully(&w));

    struct kafka_event event;
    while (kafka_take_event(w.kafka, &event))
        assert_int_not_equal(event.kind, KAFKA_FATAL);
    close_worker(&w);
}

static void closing_flushes_what_was_produced(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    const struct kafka_property short_session = {"session.timeout.ms", "3000"};
    struct worker w;
    open_worker(&w, c, &short_session, 1);
    assert_true(produce_small(&w));
    kafka_close(w.kafka, PATIENCE_MS);

    open_worker(&w, c, &short_session, 1);
    WAIT_UNTIL(w.record_count == 1, worker_turn_fully(&w));
    close_worker(&w);
}

/* With an argument, only the tests that it names; it may have stars. */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        TEST(a_message_arrives_whole_where_java_would_put_it),
        TEST(a_full_queue_says_so_and_has_room_again_after_the_reports),
        TEST(what_the_client_finds_too_large_is_reported),
        TEST(what_the_broker_finds_too_large_is_reported),
        TEST(reports_are_taken_as_far_as_there_is_room),
        TEST(a_fatal_error_is_told_once),
        TEST(closing_flushes_what_was_produced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
