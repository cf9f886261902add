/*
 * What the program has been told to do, checked and complete.
 *
 * A value comes from -o, else from the environment, else from the file, else from the table in
 * settings.def, and only the value in force is checked. The environment's name of a key is WXTOKEN_
 * and the key in capitals with "_" for "."; in names that begin with WXTOKEN_KAFKA_ every "_" is a
 * "." of librdkafka's name. What Kubernetes injects for a service called "wxtoken-kafka" (…_PORT,
 * …_PORT_9092_TCP, …_SERVICE_HOST) is no property and only warned about. Units: members say them
 * last. Ownership: every string is the settings'; they end with settings_done(). Errors:
 * settings_load gathers all that is wrong before it fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log.h"
#include "settings/problems.h"

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
    const char *topic_authorization_changed;
    const char *topic_refresh_due;
    const char *topic_token_updated;
    const char *dead_letter_suffix;
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

enum settings_need { NEED_NOTHING, NEED_KAFKA };

/* Where to read from; all borrowed. */
struct settings_sources {
    const char *const *options; /* "KEY=VALUE", the later one wins */
    size_t option_count;
    const char *file; /* NULL: none */
    const char *const *environment;
    enum settings_need need; /* NEED_KAFKA: kafka.bootstrap.servers may not be empty */
};

/* Initialises *settings in any case, so that settings_done() always follows; the same for
 * *problems and problems_done(). Warnings are added also on success. False: ERR_CONFIG; what is
 * wrong is in *problems, a line each. */
MUST_USE bool settings_load(struct settings *settings, struct problems *problems,
                            const struct settings_sources *sources, struct err *err);

void settings_done(struct settings *settings);
