#include "io/kafka_scene.h"

#include <poll.h>
#include <stdlib.h>

#include "base/count.h"

int start_cluster(void **state)
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

int stop_cluster(void **state)
{
    struct cluster *c = *state;
    rd_kafka_mock_cluster_destroy(c->mock);
    rd_kafka_destroy(c->handle);
    free(c);
    return 0;
}

void create_topics(struct cluster *c)
{
    assert_int_equal(rd_kafka_mock_topic_create(c->mock, CHANGED, PARTITIONS, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(c->mock, DUE, PARTITIONS, 1), 0);
}

void set_topic_errors(struct cluster *c, rd_kafka_resp_err_t error)
{
    rd_kafka_mock_topic_set_error(c->mock, CHANGED, error);
    rd_kafka_mock_topic_set_error(c->mock, DUE, error);
}

bool open_with(struct kafka **kafka, const char *address, const struct kafka_property *more,
               size_t count, struct err *err)
{
    static const char *const topics[] = {CHANGED, DUE};
    struct kafka_property properties[8] = {
        {"bootstrap.servers", address},
        {"heartbeat.interval.ms", "200"},
    };
    assert_true(count + 2 <= COUNT_OF(properties));
    for (size_t i = 0; i < count; i++)
        properties[2 + i] = more[i];
    const struct kafka_settings settings = {
        .properties = properties,
        .property_count = 2 + count,
        .input_topics = topics,
        .input_topic_count = COUNT_OF(topics),
    };
    return kafka_open(kafka, &settings, err);
}

void open_worker(struct worker *w, struct cluster *c, const struct kafka_property *more,
                 size_t count)
{
    struct err err;
    *w = (struct worker){0};
    if (!open_with(&w->kafka, c->address, more, count, &err))
        fail_msg("%s", err.text);
}

void close_worker(struct worker *w)
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

void note(struct worker *w, const struct kafka_event *event)
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

void take_events(struct worker *w)
{
    for (struct kafka_event event; kafka_take_event(w->kafka, &event);)
        note(w, &event);
}

bool take_event_of(struct worker *w, enum kafka_event_kind kind, struct kafka_event *event)
{
    while (kafka_take_event(w->kafka, event)) {
        if (event->kind == kind)
            return true;
        note(w, event);
    }
    return false;
}

void take_records(struct worker *w, size_t room)
{
    assert_true(room <= RECORDS_MAX - w->record_count);
    w->record_count += kafka_take_records(w->kafka, w->records + w->record_count, room);
}

bool is_readable(const struct worker *w, int wait_ms)
{
    struct pollfd fd = {.fd = kafka_fd(w->kafka), .events = POLLIN};
    return poll(&fd, 1, wait_ms) == 1;
}

void worker_turn(struct worker *w, size_t room)
{
    if (!is_readable(w, STEP_MS))
        return;
    take_events(w);
    take_records(w, room);
    w->report_count += kafka_take_reports(w->kafka, w->reports + w->report_count,
                                          REPORTS_MAX - w->report_count);
}

void worker_turn_fully(struct worker *w)
{
    worker_turn(w, RECORDS_MAX - w->record_count);
}

void send_record(struct cluster *c, struct sent s)
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

static void send_one(rd_kafka_t *producer, const char *topic, int32_t partition)
{
    rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_VALUE(&(char){'x'}, 1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_END);
    assert_int_equal(error, 0);
}

void send_many(struct cluster *c, const char *topic, int32_t partition, int count)
{
    char detail[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", c->address, detail, sizeof(detail));
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, detail, sizeof(detail));
    for (int i = 0; i < count; i++)
        send_one(producer, topic, partition);
    assert_int_equal(rd_kafka_flush(producer, PATIENCE_MS), 0);
    rd_kafka_destroy(producer);
}

int64_t committed(struct cluster *c, const char *topic, int32_t partition)
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

struct message small_message(void)
{
    return (struct message){.topic = STR(DUE), .key = STR("k"), .value = STR("v")};
}

bool produce_small(struct worker *w)
{
    const struct message message = small_message();
    return kafka_publish(w->kafka, NULL, &message);
}
