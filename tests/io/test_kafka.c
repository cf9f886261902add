/*
 * Opening, taking records, storing offsets, closing, and the check.
 */
#include "base/count.h"
#include "io/clock.h"
#include "io/kafka_scene.h"

static const struct record *record_of(const struct worker *w, const char *topic)
{
    for (size_t i = 0; i < w->record_count; i++)
        if (str_equal(w->records[i]->origin.topic, str_of(topic)))
            return w->records[i];
    fail_msg("no record of %s", topic);
    return NULL;
}

static void records_of_both_topics_arrive_byte_for_byte(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    rd_kafka_header_add(headers, "ce_id", -1, "a\0b", 3);
    rd_kafka_header_add(headers, "empty", -1, "", 0);
    rd_kafka_header_add(headers, "null", -1, NULL, 0);
    send_record(c, (struct sent){CHANGED, "wx1/wx2", "{\"a\":1}", 2, 1700000000123, headers});
    send_record(c, (struct sent){DUE, NULL, NULL, 0, 1700000000456, NULL});
    struct worker w;
    open_worker(&w, c, (struct kafka_property[]){{"enable.partition.eof", "true"}}, 1);

    WAIT_UNTIL(w.record_count == 2, worker_turn_fully(&w));

    const struct record *r = record_of(&w, CHANGED);
    assert_int_equal(r->origin.partition, 2);
    assert_int_equal(r->origin.offset, 0);
    assert_int_equal(r->origin.timestamp_ms, 1700000000123);
    assert_str_equal(r->key, "wx1/wx2");
    assert_str_equal(r->value, "{\"a\":1}");
    assert_int_equal(r->header_count, 3);
    assert_str_equal(r->headers[0].name, "ce_id");
    assert_str_equal(r->headers[0].value, "a\0b");
    assert_non_null(r->headers[1].value.at);
    assert_int_equal(r->headers[1].value.len, 0);
    assert_null(r->headers[2].value.at);
    r = record_of(&w, DUE);
    assert_null(r->key.at);
    assert_null(r->value.at);
    assert_int_equal(r->header_count, 0);
    assert_int_equal(r->origin.timestamp_ms, 1700000000456);
    assert_int_equal(r->topic_at, 1);
    close_worker(&w);
}

static void an_empty_value_is_not_a_null_one(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_record(c, (struct sent){DUE, "", "", 0, 0, NULL});
    struct worker w;
    open_worker(&w, c, NULL, 0);

    WAIT_UNTIL(w.record_count == 1, worker_turn_fully(&w));

    assert_non_null(w.records[0]->value.at);
    assert_int_equal(w.records[0]->value.len, 0);
    assert_non_null(w.records[0]->key.at);
    assert_int_equal(w.records[0]->key.len, 0);
    close_worker(&w);
}

static void a_full_pool_neither_spins_nor_loses_a_record(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 0, 100);
    struct worker w;
    open_worker(&w, c, NULL, 0);

    WAIT_UNTIL(w.held == 2 * PARTITIONS, worker_turn(&w, 0));
    WAIT_UNTIL(w.kafka->records_wake.may_have_more, worker_turn(&w, 0));
    WAIT_UNTIL(!is_readable(&w, STEP_MS), worker_turn(&w, 0));
    assert_int_equal(w.record_count, 0);

    WAIT_UNTIL(w.record_count == 100, take_records(&w, w.record_count < 97 ? 3 : 1));
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(w.records[i]->origin.offset, i);

    /* Drained to empty, it wakes again. */
    WAIT_UNTIL(!w.kafka->records_wake.may_have_more && !is_readable(&w, STEP_MS), take_events(&w);
               take_records(&w, 1));
    send_many(c, DUE, 0, 1);
    WAIT_UNTIL(w.record_count == 101, assert_true(is_readable(&w, PATIENCE_MS));
               worker_turn(&w, 1));
    close_worker(&w);
}

static void a_stored_offset_is_committed_while_running(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 10);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.record_count == 10, worker_turn_fully(&w));

    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 4);

    WAIT_UNTIL(committed(c, DUE, 1) == 4, worker_turn_fully(&w));
    assert_int_equal(committed(c, CHANGED, 1), RD_KAFKA_OFFSET_INVALID);
    close_worker(&w);
}

static void topics_that_do_not_exist_yet_are_waited_for(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    set_topic_errors(c, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct worker w;
    const struct kafka_property properties[] = {
        {"topic.metadata.refresh.interval.ms", "200"},
        {"session.timeout.ms", "3000"}, /* in case the topics are seen one after the other */
    };
    open_worker(&w, c, properties, COUNT_OF(properties));
    WAIT_UNTIL(strstr(w.errors, "Unknown topic"), worker_turn_fully(&w));
    assert_int_equal(w.held, 0);

    set_topic_errors(c, RD_KAFKA_RESP_ERR_NO_ERROR);
    send_many(c, DUE, 1, 1);

    WAIT_UNTIL(w.record_count == 1, worker_turn_fully(&w));
    close_worker(&w);
}

static void closing_is_bounded_when_the_broker_is_gone(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.held == 2 * PARTITIONS, worker_turn_fully(&w));
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 4);
    rd_kafka_mock_broker_set_down(c->mock, -1);
    assert_true(produce_small(&w));

    ms_t begin = clock_monotonic_ms();
    kafka_close(w.kafka, 500);

    assert_in_range(clock_monotonic_ms() - begin, 0, 5000);
}

static void all_properties_that_librdkafka_does_not_take_are_named(void **state)
{
    struct cluster *c = *state;
    struct kafka *kafka;
    struct err err;

    assert_false(open_with(&kafka, c->address,
                           (struct kafka_property[]){{"no.such", "1"},
                                                     {"fetch.min.bytes", "many"},
                                                     {"transactional.id", "x"}},
                           3, &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "kafka.no.such"));
    assert_non_null(strstr(err.text, "kafka.fetch.min.bytes"));
    assert_non_null(strstr(err.text, "kafka.transactional.id"));
    assert_false(open_with(&kafka, "", NULL, 0, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "bootstrap.servers"));
}

static void assert_property(const rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256];
    size_t bytes = sizeof(text);
    assert_int_equal(rd_kafka_conf_get(conf, name, text, &bytes), RD_KAFKA_CONF_OK);
    assert_string_equal(text, value);
}

static void the_user_wins_over_our_defaults_but_not_over_the_promises(void **state)
{
    (void)state;
    static const struct kafka_property properties[] = {
        {"bootstrap.servers", "127.0.0.1:1"}, {"fetch.min.bytes", "7"},
        {"queue.buffering.max.ms", "9"},      {"client.id", "mine"},
        {"enable.auto.commit", "false"},      {"enable.auto.offset.store", "true"},
        {"enable.idempotence", "false"},      {"delivery.timeout.ms", "5000"},
        {"request.required.acks", "1"},       {"partition.assignment.strategy", "range"},
    };
    const struct kafka_settings settings = {.properties = properties,
                                            .property_count = COUNT_OF(properties)};
    struct err err;
    rd_kafka_conf_t *consumer, *producer;
    assert_true(kafka_conf_consumer(&consumer, &settings, &err));
    assert_true(kafka_conf_producer(&producer, &settings, &err));

    assert_property(consumer, "fetch.min.bytes", "7");
    assert_property(consumer, "client.id", "mine");
    assert_property(consumer, "group.id", "wxtoken");
    assert_property(consumer, "auto.offset.reset", "smallest"); /* librdkafka's word for earliest */
    assert_property(consumer, "enable.auto.commit", "true");
    assert_property(consumer, "enable.auto.offset.store", "false");
    assert_property(consumer, "partition.assignment.strategy", "cooperative-sticky");
    assert_property(producer, "linger.ms", "9");
    assert_property(producer, "enable.idempotence", "true");
    assert_property(producer, "message.timeout.ms", "0");
    assert_property(producer, "acks", "-1");
    assert_property(producer, "partitioner", "murmur2_random");
    rd_kafka_conf_destroy(consumer);
    rd_kafka_conf_destroy(producer);
}

static void check_tells_no_broker_from_a_missing_topic(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct kafka_property properties[] = {{"bootstrap.servers", c->address}};
    const struct kafka_settings settings = {.properties = properties, .property_count = 1};
    struct err err = {0};

    rd_kafka_mock_topic_set_error(c->mock, "no-1", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_mock_topic_set_error(c->mock, "no-2", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);

    assert_true(kafka_check(&settings, (const char *const[]){CHANGED, DUE}, 2, PATIENCE_MS, &err));

    assert_false(kafka_check(&settings, (const char *const[]){CHANGED, "no-1", DUE, "no-2"}, 4,
                             PATIENCE_MS, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "no-1"));
    assert_non_null(strstr(err.text, "no-2"));
    assert_null(strstr(err.text, DUE));

    properties[0].value = "127.0.0.1:1";
    assert_false(kafka_check(&settings, (const char *const[]){CHANGED}, 1, 500, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);

    assert_false(kafka_check(&settings, NULL, 0, 500, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "127.0.0.1:1"));
}

/* With an argument, only the tests that it names; it may have stars. */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        TEST(records_of_both_topics_arrive_byte_for_byte),
        TEST(an_empty_value_is_not_a_null_one),
        TEST(a_full_pool_neither_spins_nor_loses_a_record),
        TEST(a_stored_offset_is_committed_while_running),
        TEST(topics_that_do_not_exist_yet_are_waited_for),
        TEST(closing_is_bounded_when_the_broker_is_gone),
        TEST(all_properties_that_librdkafka_does_not_take_are_named),
        TEST(the_user_wins_over_our_defaults_but_not_over_the_promises),
        TEST(check_tells_no_broker_from_a_missing_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
