/*
 * What the program has been told to do, checked and complete.
 *
 * A value comes from -o, else from the environment, else from the file, else from the table in
 * settings.def, and only the value in force is checked. The environment's name of a key is WXTOKEN_
 * and the key in capitals with "_" for "."; in names that begin with WXTOKEN_KAFKA_ every "_" is a
 * "." of librdkafka's name. What Kubernetes injects for a service called "wxtoken-kafka" (…_PORT,
 * …_PORT_9092_TCP, …_SERVICE_HOST) is no property and only warned about. Units: members say them
 * last. Ownership: every string is the settings'; they end with settings_done(), see
 * settings/load.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"

enum { SETTINGS_PROPERTIES_MAX = 256 };

enum settings_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_OPTION };

/* A value as it was given. */
struct settings_value {
    char *text;
    enum settings_source source;
    int line; /* SOURCE_FILE */
};

/* One of librdkafka's properties. */
struct settings_property {
    const char *name; /* without "kafka." */
    const char *value;
    enum settings_source source;
    int line;
};

struct settings {
    const char *component_appid; /* "": none */
    struct settings_property *kafka_properties;
    size_t kafka_property_count;
#define INPUT(KIND, name, topic, meaning) const char *topics_##name;
#include "model/inputs.def"
#undef INPUT
    const char *topics_token_updated;
    const char *topics_dead_letter_suffix;
    const char *postgres_url;    /* secret in part; "": libpq's environment */
    const char *wechat_base_url; /* without a slash at its end */
    const char *wechat_ca_file;  /* "": the system's */
    const char *wechat_token_parameter;
    int64_t wechat_connect_timeout_ms;
    int64_t wechat_timeout_ms;
    int64_t wechat_quota_wait_ms;
    int64_t worker_in_flight_max;
    int64_t worker_hold_max_ms;
    int64_t worker_give_up_after_ms;
    int64_t worker_drain_timeout_ms;
    bool token_updated_include_access_token;
    const char *admin_listen; /* "": none */
    int64_t admin_unfinished_max_ms;
    enum log_level log_level;
    enum log_format log_format;

    struct settings_value *values; /* for settings/print.c: one per row of settings.def */
};

/* What must be set beyond the defaults: NEED_KAFKA means kafka.bootstrap.servers. */
enum settings_need { NEED_NOTHING, NEED_KAFKA };
