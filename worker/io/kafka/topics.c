#include "io/kafka/internal.h"

#include <assert.h>
#include <stdlib.h>

bool kafka_topics_open(struct kafka *kafka, const struct kafka_settings *settings, struct err *err)
{
    kafka->topic_count = settings->input_topic_count;
    kafka->topics = calloc(kafka->topic_count, sizeof(*kafka->topics));
    if (!kafka->topics)
        return err_set(err, ERR_UNAVAILABLE, "no memory for Kafka");
    for (size_t i = 0; i < kafka->topic_count; i++)
        kafka->topics[i] = str_of(settings->input_topics[i]);
    return true;
}

size_t kafka_topic_at(const struct kafka *kafka, const char *topic)
{
    size_t at = 0;
    while (at < kafka->topic_count && !str_equal(kafka->topics[at], str_of(topic)))
        at++;
    assert(at < kafka->topic_count);
    return at;
}
