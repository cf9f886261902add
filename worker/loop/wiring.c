#include "loop/wiring.h"

#include <assert.h>
#include <stdlib.h>

#include "model/input.h"
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

struct kafka_settings kafka_settings_of(const struct settings *settings)
{
    size_t count = settings->kafka_property_count;
    struct kafka_property *properties = calloc(count + 1, sizeof(*properties));
    assert(properties != NULL);
    for (size_t i = 0; i < count; i++) {
        properties[i].name = settings->kafka_properties[i].name;
        properties[i].value = settings->kafka_properties[i].value;
    }
    return (struct kafka_settings){
        .properties = properties,
        .property_count = count,
        .input_topics = {[INPUT_AUTHORIZATION_CHANGED] = settings->topic_authorization_changed,
                         [INPUT_REFRESH_DUE] = settings->topic_refresh_due},
    };
}
