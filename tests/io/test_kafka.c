/*
 * The Kafka adapter against librdkafka's own mock cluster: real protocol over loopback, one broker of the test's own.
 *
 * What the mock cannot do and is therefore not asserted here: refuse a record for a topic's own max.message.bytes (the
 * refusal is pushed as an answer instead), authenticate, and keep groups over a restart. Joining an empty group takes it
 * three seconds.
 */
#include "io/kafka.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#include "io/kafka_internal.h"

#include <librdkafka/rdkafka_mock.h>

enum {
    PARTITIONS = 4,
    RECORDS_MAX = 256,
    REPORTS_MAX = 16,
    PATIENCE_MS = 60000,
    STEP_MS = 20,
    KEY_PRODUCE = 0, /* numbers of requests in Kafka's protocol */
    KEY_HEARTBEAT = 12,
    KEY_INIT_PRODUCER_ID = 22,
};

#define CHANGED "authorization-changed"
#define DUE "refresh-due"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct cluster {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *mock;
    const char *address;
};

/* A worker's worth of adapter and what has come out of it so far. */
struct worker {
    struct kafka *kafka;
    struct record *records[RECORDS_MAX];
    size_t record_count;
    struct kafka_report reports[REPORTS_MAX];
    size_t report_count;
    size_t held; /* partitions assigned now */
    size_t assigns, revokes, revoked_most, losts, fatals;
    char errors[4096]; /* one a line */
};

static int start_cluster(void **state)
{
    char detail[200];
    struct cluster *c = calloc(1, sizeof(*c));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", detail, sizeof(detail));
    c->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof(detail));
    c->mock = rd_kafka_mock_cluster_new(c->handle, 1);
    c->address = rd_kafka_mock_cluster_bootstraps(c->mock);
    *state = c;
    return 0;
}

static int stop_cluster(void **state)
{
    struct cluster *c = *state;
    rd_kafka_mock_cluster_destroy(c->mock);
    rd_kafka_destroy(c->handle);
    free(c);
    return 0;
}

static void create_topics(struct cluster *c)
{
    assert_int_equal(rd_kafka_mock_topic_create(c->mock, CHANGED, PARTITIONS, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(c->mock, DUE, PARTITIONS, 1), 0);
}

static bool open_with(struct kafka **kafka, const char *address, const struct kafka_property *more,
                      size_t count, struct err *err)
{
    struct kafka_property properties[8] = {
        {"bootstrap.servers", address},
        {"heartbeat.interval.ms", "200"},
    };
    assert_true(count + 2 <= COUNT(properties));
    for (size_t i = 0; i < count; i++)
        properties[2 + i] = more[i];
    const struct kafka_settings settings = {
        .properties = properties,
        .property_count = 2 + count,
        .input_topics = {CHANGED, DUE},
    };
    return kafka_open(kafka, &settings, err);
}

static void open_worker(struct worker *w, struct cluster *c, const struct kafka_property *more,
                        size_t count)
{
    struct err err;
    *w = (struct worker){0};
    if (!open_with(&w->kafka, c->address, more, count, &err))
        fail_msg("%s", err.text);
}

static void close_worker(struct worker *w)
{
    kafka_close(w->kafka, 5000);
    for (size_t i = 0; i < w->record_count; i++)
        free(w->records[i]);
    w->kafka = NULL;
}

static void answer(struct worker *w, const struct kafka_event *event)
{
    struct err err;
    bool is_answered = event->kind == KAFKA_ASSIGN ? kafka_assign(w->kafka, &err)
                                                   : kafka_unassign(w->kafka, &err);
    if (!is_answered)
        fail_msg("%s", err.text);
}

static void note(struct worker *w, const struct kafka_event *event)
{
    switch (event->kind) {
    case KAFKA_ASSIGN:
        w->assigns++;
        w->held += event->partition_count;
        answer(w, event);
        return;
    case KAFKA_LOST:
        w->losts++;
        w->held -= event->partition_count;
        answer(w, event);
        return;
    case KAFKA_REVOKE:
        w->revokes++;
        if (event->partition_count > w->revoked_most)
            w->revoked_most = event->partition_count;
        w->held -= event->partition_count;
        answer(w, event);
        return;
    case KAFKA_FATAL:
        w->fatals++;
        return;
    case KAFKA_ERROR:
        snprintf(w->errors + strlen(w->errors), sizeof(w->errors) - strlen(w->errors), "%s\n",
                 event->detail);
        return;
    }
}

static void take_events(struct worker *w)
{
    for (struct kafka_event event; kafka_take_event(w->kafka, &event);)
        note(w, &event);
}

/* Answers all that comes before one of this kind, and leaves that to the caller. */
static bool take_event_of(struct worker *w, enum kafka_event_kind kind, struct kafka_event *event)
{
    while (kafka_take_event(w->kafka, event)) {
        if (event->kind == kind)
            return true;
        note(w, event);
    }
    return false;
}

static void take_records(struct worker *w, size_t room)
{
    assert_true(room <= RECORDS_MAX - w->record_count);
    w->record_count += kafka_take_records(w->kafka, w->records + w->record_count, room);
}

static bool is_readable(const struct worker *w, int wait_ms)
{
    struct pollfd fd = {.fd = kafka_fd(w->kafka), .events = POLLIN};
    return poll(&fd, 1, wait_ms) == 1;
}

/* One turn of a loop that has room for so many records. */
static void turn(struct worker *w, size_t room)
{
    if (!is_readable(w, STEP_MS))
        return;
    take_events(w);
    take_records(w, room);
    w->report_count += kafka_take_reports(w->kafka, w->reports + w->report_count,
                                          REPORTS_MAX - w->report_count);
}

static void turn_fully(struct worker *w)
{
    turn(w, RECORDS_MAX - w->record_count);
}

#define WAIT_UNTIL(condition, step)                                                                \
    for (ms_t deadline_ = kafka_clock_ms() + PATIENCE_MS; !(condition);) {                         \
        if (kafka_clock_ms() > deadline_)                                                          \
            fail_msg("not in time: %s", #condition);                                               \
        step;                                                                                      \
    }

struct sent {
    const char *topic, *key, *value;
    int32_t partition;
    int64_t timestamp_ms;
    rd_kafka_headers_t *headers; /* taken */
};

/* By a plain producer, and acknowledged. */
static void send_record(struct cluster *c, struct sent s)
{
    char detail[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", c->address, detail, sizeof(detail));
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof(detail));
    rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(s.topic), RD_KAFKA_V_PARTITION(s.partition),
        RD_KAFKA_V_KEY(s.key, s.key ? strlen(s.key) : 0),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)s.value, s.value ? strlen(s.value) : 0),
        RD_KAFKA_V_TIMESTAMP(s.timestamp_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(s.headers ? s.headers : rd_kafka_headers_new(0)), RD_KAFKA_V_END);
    assert_int_equal(error, 0);
    assert_int_equal(rd_kafka_flush(producer, PATIENCE_MS), 0);
    rd_kafka_destroy(producer);
}

static void send_many(struct cluster *c, const char *topic, int32_t partition, int count)
{
    char detail[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", c->address, detail, sizeof(detail));
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof(detail));
    for (int i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
            producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_VALUE(&(char){'x'}, 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_END);
        assert_int_equal(error, 0);
    }
    assert_int_equal(rd_kafka_flush(producer, PATIENCE_MS), 0);
    rd_kafka_destroy(producer);
}

/* What the group has committed for a partition, asked by a client that is no member; -1001: nothing. */
static int64_t committed(struct cluster *c, const char *topic, int32_t partition)
{
    char detail[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", c->address, detail, sizeof(detail));
    rd_kafka_conf_set(conf, "group.id", "wxtoken", detail, sizeof(detail));
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, detail, sizeof(detail));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition);
    assert_int_equal(rd_kafka_committed(client, list, PATIENCE_MS), 0);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return offset;
}

#define assert_str_equal(view, literal)                                                            \
    do {                                                                                           \
        assert_int_equal((view).len, sizeof(literal) - 1);                                         \
        assert_memory_equal((view).at, literal, sizeof(literal) - 1);                              \
    } while (0)

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

    WAIT_UNTIL(w.record_count == 2, turn_fully(&w));

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
    assert_int_equal(kafka_topic_at(w.kafka, STR(DUE)), 1);
    assert_int_equal(kafka_topic_at(w.kafka, STR("other")), -1);
    close_worker(&w);
}

static void an_empty_value_is_not_a_null_one(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_record(c, (struct sent){DUE, "", "", 0, 0, NULL});
    struct worker w;
    open_worker(&w, c, NULL, 0);

    WAIT_UNTIL(w.record_count == 1, turn_fully(&w));

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

    WAIT_UNTIL(w.held == 2 * PARTITIONS, turn(&w, 0));
    WAIT_UNTIL(w.kafka->records_wake.may_have_more, turn(&w, 0));
    WAIT_UNTIL(!is_readable(&w, STEP_MS), turn(&w, 0));
    assert_int_equal(w.record_count, 0);

    WAIT_UNTIL(w.record_count == 100, take_records(&w, w.record_count < 97 ? 3 : 1));
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(w.records[i]->origin.offset, i);

    /* Drained to empty, it wakes again. */
    WAIT_UNTIL(!w.kafka->records_wake.may_have_more && !is_readable(&w, STEP_MS), turn(&w, 1));
    send_many(c, DUE, 0, 1);
    WAIT_UNTIL(w.record_count == 101, assert_true(is_readable(&w, PATIENCE_MS)); turn(&w, 1));
    close_worker(&w);
}

static void a_stored_offset_is_committed_while_running(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 10);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.record_count == 10, turn_fully(&w));

    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 4);

    WAIT_UNTIL(committed(c, DUE, 1) == 4, turn_fully(&w));
    assert_int_equal(committed(c, CHANGED, 1), RD_KAFKA_OFFSET_INVALID);
    close_worker(&w);
}

static void the_next_of_the_group_goes_on_where_the_last_one_stored(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 10);
    struct worker w;
    const struct kafka_property seldom = {"auto.commit.interval.ms", "3600000"};
    open_worker(&w, c, &seldom, 1);
    WAIT_UNTIL(w.record_count == 10, turn_fully(&w));
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 7);
    close_worker(&w);

    struct worker next;
    open_worker(&next, c, &seldom, 1);
    WAIT_UNTIL(next.record_count == 3, turn_fully(&next));

    assert_int_equal(next.records[0]->origin.offset, 7);
    close_worker(&next);
}

static void storing_for_a_partition_that_is_not_ours_is_harmless(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);

    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 0, .partition = 1}, 4);
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 0, .partition = 77}, 4);
    WAIT_UNTIL(w.held == 2 * PARTITIONS, turn_fully(&w));
    close_worker(&w);

    assert_int_equal(committed(c, CHANGED, 1), RD_KAFKA_OFFSET_INVALID);
}

static void a_second_worker_takes_over_some_partitions_and_gives_them_back(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    const struct kafka_property short_session = {"session.timeout.ms", "3000"};
    struct worker a, b;
    open_worker(&a, c, &short_session, 1);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, turn_fully(&a));

    open_worker(&b, c, &short_session, 1);
    WAIT_UNTIL(a.held == PARTITIONS && b.held == PARTITIONS, turn_fully(&a); turn_fully(&b));
    assert_int_equal(a.revoked_most, PARTITIONS); /* never all: incremental */
    send_many(c, CHANGED, 0, 1);
    send_many(c, CHANGED, 1, 1);
    send_many(c, CHANGED, 2, 1);
    send_many(c, CHANGED, 3, 1);
    WAIT_UNTIL(a.record_count + b.record_count == 4, turn_fully(&a); turn_fully(&b));

    close_worker(&b);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, turn_fully(&a));
    assert_int_equal(a.losts, 0);
    close_worker(&a);
}

static void no_record_of_a_partition_is_given_once_its_revocation_was_told(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    const struct kafka_property short_session = {"session.timeout.ms", "3000"};
    struct worker a, b;
    open_worker(&a, c, &short_session, 1);
    WAIT_UNTIL(a.held == 2 * PARTITIONS, turn(&a, 0));
    for (int32_t i = 0; i < PARTITIONS; i++)
        send_many(c, CHANGED, i, 1);
    for (int32_t i = 0; i < PARTITIONS; i++)
        send_many(c, DUE, i, 1);
    open_worker(&b, c, &short_session, 1);

    struct kafka_event event;
    WAIT_UNTIL(take_event_of(&a, KAFKA_REVOKE, &event), turn(&b, 0));
    WAIT_UNTIL(a.record_count == PARTITIONS, take_records(&a, 1));
    struct kafka_event other;
    assert_false(kafka_take_event(a.kafka, &other));
    note(&a, &event);

    WAIT_UNTIL(b.record_count == PARTITIONS, turn_fully(&a); turn_fully(&b));
    assert_int_equal(a.record_count, PARTITIONS);
    close_worker(&b);
    close_worker(&a);
}

static void an_expelled_worker_is_told_that_its_partitions_are_lost(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    send_many(c, DUE, 1, 1);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.record_count == 1, turn_fully(&w));

    rd_kafka_mock_push_request_errors(c->mock, KEY_HEARTBEAT, 1,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    WAIT_UNTIL(w.losts == 1, turn_fully(&w));

    assert_int_equal(w.revokes, 0);
    WAIT_UNTIL(w.held == 2 * PARTITIONS && w.record_count == 2, turn_fully(&w));
    close_worker(&w);
}

static void a_worker_without_work_keeps_its_partitions(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c,
                (struct kafka_property[]){{"session.timeout.ms", "1200"},
                                          {"max.poll.interval.ms", "1200"}},
                2);
    WAIT_UNTIL(w.held == 2 * PARTITIONS, turn_fully(&w));

    ms_t end = kafka_clock_ms() + 3000;
    WAIT_UNTIL(kafka_clock_ms() > end, turn_fully(&w));

    assert_int_equal(w.losts + w.revokes, 0);
    assert_string_equal(w.errors, "");
    close_worker(&w);
}

static void topics_that_do_not_exist_yet_are_waited_for(void **state)
{
    struct cluster *c = *state;
    struct worker w;
    open_worker(&w, c, (struct kafka_property[]){{"topic.metadata.refresh.interval.ms", "200"}}, 1);
    WAIT_UNTIL(strstr(w.errors, "Unknown topic"), turn_fully(&w));
    assert_int_equal(w.held, 0);

    create_topics(c);
    send_many(c, DUE, 1, 1);

    WAIT_UNTIL(w.record_count == 1, turn_fully(&w));
    close_worker(&w);
}

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

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct message message = {.topic = STR(DUE),
                                        .key = str_of(keys[i]),
                                        .value = i ? STR("{}") : (struct str){0},
                                        .header_count = COUNT(headers),
                                        .headers = headers};
        assert_true(kafka_produce(w.kafka, (void *)(uintptr_t)keys[i], &message));
    }
    WAIT_UNTIL(w.report_count == COUNT(keys) && w.record_count == COUNT(keys), turn_fully(&w));

    for (size_t i = 0; i < COUNT(keys); i++) {
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
        for (size_t j = 0; j < COUNT(keys); j++)
            is_known |= w.reports[i].tag == keys[j];
        assert_true(is_known);
    }
    close_worker(&w);
}

static const struct message small = {
    .topic = {.at = DUE, .len = sizeof(DUE) - 1},
    .key = {.at = "k", .len = 1},
    .value = {.at = "v", .len = 1},
};

static void a_full_queue_says_so_and_has_room_again_after_the_reports(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    rd_kafka_mock_broker_set_down(c->mock, -1);
    open_worker(&w, c, (struct kafka_property[]){{"queue.buffering.max.messages", "2"}}, 1);

    assert_true(kafka_produce(w.kafka, NULL, &small));
    assert_true(kafka_produce(w.kafka, NULL, &small));
    assert_false(kafka_produce(w.kafka, NULL, &small));

    rd_kafka_mock_broker_set_up(c->mock, -1);
    WAIT_UNTIL(w.report_count == 2, turn_fully(&w));
    assert_true(kafka_produce(w.kafka, NULL, &small));
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
    struct message message = small;
    message.value = (struct str){.at = large, .len = sizeof(large)};

    assert_true(kafka_produce(w.kafka, &tag, &message));
    WAIT_UNTIL(w.report_count == 1, turn_fully(&w));

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

    assert_true(kafka_produce(w.kafka, NULL, &small));
    WAIT_UNTIL(w.report_count == 1, turn_fully(&w));
    assert_true(w.reports[0].is_too_large);

    assert_true(kafka_produce(w.kafka, NULL, &small));
    WAIT_UNTIL(w.report_count == 2, turn_fully(&w));
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
        assert_true(kafka_produce(w.kafka, NULL, &small));
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

    WAIT_UNTIL(w.fatals == 1, turn_fully(&w));

    struct kafka_event event;
    while (kafka_take_event(w.kafka, &event))
        assert_int_not_equal(event.kind, KAFKA_FATAL);
    close_worker(&w);
}

static void closing_is_bounded_when_the_broker_is_gone(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.held == 2 * PARTITIONS, turn_fully(&w));
    kafka_store_offset(w.kafka, (struct kafka_partition){.topic_at = 1, .partition = 1}, 4);
    rd_kafka_mock_broker_set_down(c->mock, -1);
    assert_true(kafka_produce(w.kafka, NULL, &small));

    ms_t begin = kafka_clock_ms();
    kafka_close(w.kafka, 500);

    assert_in_range(kafka_clock_ms() - begin, 0, 5000);
}

static void closing_flushes_what_was_produced(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    assert_true(kafka_produce(w.kafka, NULL, &small));
    kafka_close(w.kafka, PATIENCE_MS);

    open_worker(&w, c, NULL, 0);
    WAIT_UNTIL(w.record_count == 1, turn_fully(&w));
    close_worker(&w);
}

static void closing_answers_a_rebalance_that_waits(void **state)
{
    struct cluster *c = *state;
    create_topics(c);
    struct worker w;
    open_worker(&w, c, NULL, 0);
    struct kafka_event event;
    WAIT_UNTIL(take_event_of(&w, KAFKA_ASSIGN, &event), (void)is_readable(&w, STEP_MS));

    ms_t begin = kafka_clock_ms();
    kafka_close(w.kafka, PATIENCE_MS);

    assert_in_range(kafka_clock_ms() - begin, 0, 10000);
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
                                            .property_count = COUNT(properties)};
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
    assert_non_null(strstr(err.text, "127.0.0.1:1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_cluster, stop_cluster)

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
        TEST(the_next_of_the_group_goes_on_where_the_last_one_stored),
        TEST(storing_for_a_partition_that_is_not_ours_is_harmless),
        TEST(a_second_worker_takes_over_some_partitions_and_gives_them_back),
        TEST(no_record_of_a_partition_is_given_once_its_revocation_was_told),
        TEST(an_expelled_worker_is_told_that_its_partitions_are_lost),
        TEST(a_worker_without_work_keeps_its_partitions),
        TEST(topics_that_do_not_exist_yet_are_waited_for),
        TEST(a_message_arrives_whole_where_java_would_put_it),
        TEST(a_full_queue_says_so_and_has_room_again_after_the_reports),
        TEST(what_the_client_finds_too_large_is_reported),
        TEST(what_the_broker_finds_too_large_is_reported),
        TEST(reports_are_taken_as_far_as_there_is_room),
        TEST(a_fatal_error_is_told_once),
        TEST(closing_is_bounded_when_the_broker_is_gone),
        TEST(closing_flushes_what_was_produced),
        TEST(closing_answers_a_rebalance_that_waits),
        TEST(all_properties_that_librdkafka_does_not_take_are_named),
        TEST(the_user_wins_over_our_defaults_but_not_over_the_promises),
        TEST(check_tells_no_broker_from_a_missing_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
