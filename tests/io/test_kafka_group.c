/*
 * Members of a group: they join, leave and are expelled.
 */
#include "base/count.h"
#include "io/clock.h"
#include "io/kafka_scene.h"

static void the_next_of_the_group_goes_on_where_the_last_one_stored(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 10);
    struct worker w;
    const struct kafka_property properties[] = {
        {"auto.commit.interval.ms", "3600000"}, /* only leaving commits */
        {"session.timeout.ms", "3000"}, /* which the mock waits for before a group starts anew */
    };
    open_worker(&w, c, properties, COUNT_OF(properties));
    WAIT_UNTIL(w.record_count == 10, worker_turn_fully(&w));
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 7);
    close_worker(&w);

    struct worker next;
    open_worker(&next, c, properties, COUNT_OF(properties));
    WAIT_UNTIL(next.record_count == 3, worker_turn_fully(&next));

    assert_int_equal(next.records[0]->origin.offset, 7);
    close_worker(&next);
}

static void a_second_worker_takes_over_some_partitions_and_gives_them_back(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    const struct kafka_property short_session = {"session.timeout.ms", "3000"};
    struct worker a, b;
    open_worker(&a, c, &short_session, 1);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, worker_turn_fully(&a));

    open_worker(&b, c, &short_session, 1);
    WAIT_UNTIL(a.held == PARTITIONS && b.held == PARTITIONS, worker_turn_fully(&a);
               worker_turn_fully(&b));
    assert_int_equal(a.revoked_most, PARTITIONS); /* never all: incremental */
    send_many(c, CHANGED, 0, 1);
    send_many(c, CHANGED, 1, 1);
    send_many(c, CHANGED, 2, 1);
    send_many(c, CHANGED, 3, 1);
    WAIT_UNTIL(a.record_count + b.record_count == 4, worker_turn_fully(&a); worker_turn_fully(&b));

    close_worker(&b);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, worker_turn_fully(&a));
    assert_int_equal(a.losts, 0);
    close_worker(&a);
}

static void no_record_comes_while_a_revocation_waits_for_its_answer(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    const struct kafka_property short_session = {"session.timeout.ms", "3000"};
    struct worker a, b;
    open_worker(&a, c, &short_session, 1);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, worker_turn(&a, 0));
    for (int32_t i = 0; i < PARTITIONS; i++) {
        send_many(c, CHANGED, i, 1);
        send_many(c, DUE, i, 1);
    }
    open_worker(&b, c, &short_session, 1);
    struct kafka_event event, other;
    WAIT_UNTIL(take_event_of(&a, KAFKA_REVOKE, &event), worker_turn(&b, 0));
    assert_int_equal(event.partition_count, PARTITIONS);

    take_records(&a, RECORDS_MAX);
    assert_int_equal(a.record_count, 0);
    kafka_note(a.kafka, "an error meanwhile");
    assert_false(kafka_take_event(a.kafka, &other));

    note(&a, &event);
    WAIT_UNTIL(a.record_count == PARTITIONS && b.record_count == PARTITIONS, worker_turn_fully(&a);
               worker_turn_fully(&b));
    assert_non_null(strstr(a.errors, "an error meanwhile"));
    for (size_t i = 0; i < PARTITIONS; i++)
        for (size_t j = 0; j < PARTITIONS; j++)
            assert_false(origin_equal(&a.records[i]->origin, &b.records[j]->origin));
    close_worker(&b);
    close_worker(&a);
}

static void an_expelled_worker_is_told_that_its_partitions_are_lost(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 1);
    struct worker w;
    open_worker(&w, c, &(struct kafka_property){"session.timeout.ms", "3000"}, 1);
    WAIT_UNTIL(w.record_count == 1, worker_turn_fully(&w));

    rd_kafka_mock_push_request_errors(c->mock, KEY_HEARTBEAT, 1,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    WAIT_UNTIL(w.losts == 1, worker_turn_fully(&w));

    assert_int_equal(w.revokes, 0);
    WAIT_UNTIL(w.held == 2 * PARTITIONS && w.record_count == 2, worker_turn_fully(&w));
    close_worker(&w);
}

static void a_worker_without_work_keeps_its_partitions(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    const struct kafka_property spans[] = {
        {"session.timeout.ms", "3500"},
        {"max.poll.interval.ms", "3500"}, /* not below what a join takes here */
    };
    open_worker(&w, c, spans, COUNT_OF(spans));
    WAIT_UNTIL(w.held == 2 * PARTITIONS, worker_turn_fully(&w));

    ms_t end = clock_monotonic_ms() + 5000;
    WAIT_UNTIL(clock_monotonic_ms() > end, worker_turn_fully(&w));

    assert_int_equal(w.losts + w.revokes, 0);
    assert_null(strstr(w.errors, "MAXPOLL"));
    close_worker(&w);
}

static void storing_for_a_partition_that_is_not_ours_is_harmless(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);

    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 0, .partition = 1}, 4);
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 0, .partition = 77}, 4);
    WAIT_UNTIL(w.held == 2 * PARTITIONS, worker_turn_fully(&w));
    close_worker(&w);

    assert_int_equal(committed(c, CHANGED, 1), RD_KAFKA_OFFSET_INVALID);
}

static void closing_answers_a_rebalance_that_waits(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    struct kafka_event event;
    WAIT_UNTIL(take_event_of(&w, KAFKA_ASSIGN, &event), (void)is_readable(&w, STEP_MS));

    ms_t begin = clock_monotonic_ms();
    kafka_close(w.kafka, PATIENCE_MS);

    assert_in_range(clock_monotonic_ms() - begin, 0, 10000);
}

/* With an argument, only the tests that it names; it may have stars. */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        TEST(the_next_of_the_group_goes_on_where_the_last_one_stored),
        TEST(a_second_worker_takes_over_some_partitions_and_gives_them_back),
        TEST(no_record_comes_while_a_revocation_waits_for_its_answer),
        TEST(an_expelled_worker_is_told_that_its_partitions_are_lost),
        TEST(a_worker_without_work_keeps_its_partitions),
        TEST(storing_for_a_partition_that_is_not_ours_is_harmless),
        TEST(closing_answers_a_rebalance_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
