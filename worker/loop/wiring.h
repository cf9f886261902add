/*
 * Turns the settings into those of the adapters, for the loop and for the commands that try the
 * same services.
 *
 * Ownership: everything borrows the settings' strings.
 */
#pragma once

#include "io/http/http.h"
#include "io/kafka/kafka.h"
#include "model/input.h"
#include "settings/settings.h"

/* `kafka` points into the other members. */
struct kafka_wiring {
    struct kafka_settings kafka;
    struct kafka_property properties[SETTINGS_PROPERTIES_MAX];
    const char *topics[INPUT_KINDS];
};

void wire_kafka(struct kafka_wiring *wiring, const struct settings *settings);

struct http_settings http_settings_of(const struct settings *settings);

/* Returns the topic that an input comes from. */
const char *input_topic_of(const struct settings *settings, enum input_kind kind);
