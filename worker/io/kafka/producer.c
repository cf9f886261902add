#include "io/kafka/kafka.h"

#include <assert.h>
#include <stdio.h>

#include "io/kafka/internal.h"

/* Returns the handle of a topic, which is made at its first use. The topics that we write to are
 * few and come from the settings. */
static rd_kafka_topic_t *output(struct kafka *k, struct str name)
{
    for (size_t i = 0; i < k->output_count; i++)
        if (str_equal(str_of(rd_kafka_topic_name(k->outputs[i])), name))
            return k->outputs[i];

    char terminated[TOPIC_LEN_MAX + 1];
    assert(name.len < sizeof(terminated) && k->output_count < OUTPUTS_MAX);
    memcpy(terminated, name.at, name.len);
    terminated[name.len] = '\0';
    rd_kafka_topic_t *topic = rd_kafka_topic_new(k->producer, terminated, NULL);
    assert(topic);
    return k->outputs[k->output_count++] = topic;
}

static rd_kafka_headers_t *headers_copy(const struct message *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
    for (size_t i = 0; i < message->header_count; i++) {
        struct str name = message->headers[i].name;
        struct str value = message->headers[i].value;
        (void)rd_kafka_header_add(headers, name.at, (ssize_t)name.len, value.at,
                                  (ssize_t)value.len);
    }
    return headers;
}

/* A message that the client refuses at once is reported as if a broker had refused it. If too many
 * wait to be reported, the queue counts as full. */
static bool reject(struct kafka *k, void *tag, rd_kafka_topic_t *topic, rd_kafka_resp_err_t error)
{
    if (k->rejected_count == REJECTED_MAX)
        return false;
    k->rejected[(k->rejected_at + k->rejected_count++) % REJECTED_MAX] = (struct kafka_rejected){
        .tag = tag, .topic = topic, .error = error};
    kafka_wake_ring(&k->reports_wake);
    return true;
}

bool kafka_publish(struct kafka *kafka, void *tag, const struct message *message)
{
    rd_kafka_topic_t *topic = output(kafka, message->topic);
    rd_kafka_headers_t *headers = headers_copy(message);
    rd_kafka_resp_err_t error = rd_kafka_producev(
        kafka->producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(message->key.at, message->key.len),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)message->value.at, message->value.len),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(tag), RD_KAFKA_V_END);
    if (!error)
        return true;
    rd_kafka_headers_destroy(headers); /* the client takes them only with the message */
    return error != RD_KAFKA_RESP_ERR__QUEUE_FULL && reject(kafka, tag, topic, error);
}

static void describe(struct kafka_report *report, void *tag, rd_kafka_topic_t *topic,
                     rd_kafka_resp_err_t error)
{
    report->tag = tag;
    report->is_delivered = !error;
    report->is_too_large = error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
                           error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
    report->detail[0] = '\0';
    if (error) /* cut if the topic's name is long */
        (void)(snprintf(report->detail, sizeof(report->detail), "could not write to \"%s\": %s",
                        rd_kafka_topic_name(topic), rd_kafka_err2str(error)) < 0);
}

static bool take_rejected(struct kafka *k, struct kafka_report *report)
{
    if (k->rejected_count == 0)
        return false;
    const struct kafka_rejected *rejected = &k->rejected[k->rejected_at];
    describe(report, rejected->tag, rejected->topic, rejected->error);
    k->rejected_at = (k->rejected_at + 1) % REJECTED_MAX;
    k->rejected_count--;
    return true;
}

/* Takes the next report of the current batch. The batch is freed when it is used up. */
static bool take_delivered(struct kafka *k, struct kafka_report *report)
{
    if (!k->delivered)
        return false;
    const rd_kafka_message_t *message = rd_kafka_event_message_next(k->delivered);
    if (!message) {
        rd_kafka_event_destroy(k->delivered);
        k->delivered = NULL;
        return false;
    }
    describe(report, message->_private, message->rkt, message->err);
    return true;
}

/* Handles the next event of the queue. Returns false if there was none. */
static bool next_event(struct kafka *k)
{
    if (!k->reports_wake.may_have_more)
        return false;
    rd_kafka_event_t *event = rd_kafka_queue_poll(k->reports, 0);
    k->reports_wake.may_have_more = event != NULL;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
        k->delivered = event;
        return true;
    }
    kafka_note_event(k, event);
    rd_kafka_event_destroy(event);
    return k->reports_wake.may_have_more;
}

static bool take_report(struct kafka *k, struct kafka_report *report)
{
    if (take_rejected(k, report))
        return true;
    while (!take_delivered(k, report))
        if (!next_event(k))
            return false;
    return true;
}

size_t kafka_take_reports(struct kafka *kafka, struct kafka_report *reports, size_t room)
{
    kafka_wake_sense(&kafka->reports_wake);
    size_t taken = 0;
    while (taken < room && take_report(kafka, &reports[taken]))
        taken++;
    return taken;
}
