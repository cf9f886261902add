#include "io/kafka/kafka.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/kafka/internal.h"

/* Says why no broker answered: the last error that the client reported, or else `error`. */
static bool tell_absence(rd_kafka_t *client, rd_kafka_resp_err_t error, struct err *err)
{
    char reason[200] = "";
    struct text text = TEXT_IN(reason);
    text_format(&text, "%s", rd_kafka_err2str(error));
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(client);
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(queue, 0));
         rd_kafka_event_destroy(event)) {
        if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR)
            continue;
        text.len = 0;
        text_format(&text, "%s", rd_kafka_event_error_string(event));
    }
    rd_kafka_queue_destroy(queue);
    return err_set(err, ERR_UNAVAILABLE, "could not reach Kafka: %s", text_terminated(&text));
}

/* Asks about one topic. Returns false if no broker answers. A topic without a leader counts. */
static bool ask(rd_kafka_t *client, rd_kafka_resp_err_t *answer, const char *name, ms_t deadline)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    if (!topic) {
        *answer = rd_kafka_last_error();
        return true;
    }
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata,
                                                  kafka_left_ms(deadline, INT32_MAX));
    rd_kafka_topic_destroy(topic);
    *answer = error;
    if (error)
        return false;
    *answer = metadata->topic_cnt ? metadata->topics[0].err
                                  : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (*answer == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        *answer = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

/* Returns true if any broker answers. */
static bool ask_brokers(rd_kafka_t *client, ms_t deadline, struct err *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, NULL, &metadata,
                                                  kafka_left_ms(deadline, INT32_MAX));
    if (error)
        return tell_absence(client, error, err);
    rd_kafka_metadata_destroy(metadata);
    return true;
}

static bool check(rd_kafka_t *client, const char *const *topics, size_t topic_count, ms_t deadline,
                  struct err *err)
{
    if (topic_count == 0)
        return ask_brokers(client, deadline, err);

    char missing[sizeof(err->text)];
    struct text text = TEXT_IN(missing);
    for (size_t i = 0; i < topic_count; i++) {
        rd_kafka_resp_err_t answer;
        if (!ask(client, &answer, topics[i], deadline))
            return tell_absence(client, answer, err);
        if (answer)
            text_format(&text, "%stopic \"%s\": %s", text.len ? "; " : "", topics[i],
                        rd_kafka_err2str(answer));
    }
    return text.len == 0 || err_set(err, ERR_CONFIG, "%s", text_terminated(&text));
}

/* Asks with a consumer that subscribes to nothing: a producer would ask a broker to make the
 * topics. */
bool kafka_check(const struct kafka_settings *settings, const char *const *topics,
                 size_t topic_count, ms_t limit_ms, struct err *err)
{
    ms_t deadline = clock_monotonic_ms() + limit_ms;
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *client = NULL;
    if (!kafka_conf_consumer(&conf, settings, err))
        return false;
    if (!kafka_client_open(&client, RD_KAFKA_CONSUMER, &conf, err))
        return false;

    bool is_usable = check(client, topics, topic_count, deadline, err);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return is_usable;
}

bool kafka_check_properties(const struct kafka_settings *settings, struct err *err)
{
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *consumer = NULL;
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *producer = NULL;
    return kafka_conf_consumer(&consumer, settings, err) &&
           kafka_conf_producer(&producer, settings, err);
}
