#include "loop/wiring.h"

#include "wire/wechat_reply.h"

struct http_settings http_settings_of(const struct settings *settings)
{
    return (struct http_settings){
        .ca_file = settings->wechat_ca_file,
        .connect_timeout_ms = settings->wechat_connect_timeout_ms,
        .timeout_ms = settings->wechat_timeout_ms,
        .in_flight_max = (size_t)settings->worker_in_flight_max,
        .body_max = REPLY_BYTES_MAX,
    };
}

const char *input_topic_of(const struct settings *settings, enum input_kind kind)
{
    const char *const topics[] = {
#define INPUT(KIND, name, topic, meaning) [INPUT_##KIND] = settings->topics_##name,
#include "model/inputs.def"
#undef INPUT
    };
    return topics[kind];
}

void wire_kafka(struct kafka_wiring *wiring, const struct settings *settings)
{
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        wiring->properties[i] = (struct kafka_property){
            .name = settings->kafka_properties[i].name,
            .value = settings->kafka_properties[i].value,
        };
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        wiring->topics[kind] = input_topic_of(settings, (enum input_kind)kind);
    wiring->kafka = (struct kafka_settings){
        .properties = wiring->properties,
        .property_count = settings->kafka_property_count,
        .input_topics = wiring->topics,
        .input_topic_count = INPUT_KINDS,
    };
}
