/*
 * The settings of the program, checked and complete.
 *
 * A value comes from -o, else from the environment, else from the file, else from the table in
 * settings.def. Only the value in force is checked. In the environment, the name of a key is
 * WXTOKEN_ and the key in capitals, with "_" for ".". In names that begin with WXTOKEN_KAFKA_,
 * every "_" stands for a "." of librdkafka's name. Kubernetes injects variables for a service
 * called "wxtoken-kafka" (…_PORT, …_PORT_9092_TCP, …_SERVICE_HOST). They are no properties and only
 * cause a warning. Units: at the end of a member's name. Ownership: the settings own every string;
 * settings_done() frees them, see settings/load.h.
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
    int line; /* SOURCE_FILE only */
};

/* One property of librdkafka. */
struct settings_property {
    const char *name; /* without "kafka." */
    const char *value;
    enum settings_source source;
    int line;
};

/* The C type of each kind of setting. */
#define SETTING_APPID        const char * /* "": none */
#define SETTING_TOPIC        const char *
#define SETTING_TOPIC_PART   const char *
#define SETTING_CONNINFO     const char * /* secret in part; "": libpq's environment */
#define SETTING_URL          const char * /* without slashes at its end */
#define SETTING_PATH         const char * /* "": none */
#define SETTING_NAME         const char *
#define SETTING_ADDRESS      const char * /* "": none */
#define SETTING_MILLISECONDS int64_t
#define SETTING_COUNT        int64_t
#define SETTING_BOOLEAN      bool
#define SETTING_LEVEL        enum log_level
#define SETTING_FORMAT       enum log_format

/* One member for each row of settings.def: `worker_hold_max_ms` for "worker.hold_max_ms". */
struct settings {
#define SETTING(key, kind, field, fallback, allowed, meaning) SETTING_##kind field;
#define PROPERTY(key, fallback, allowed, meaning)
#define PROPERTIES(key, allowed, meaning)
#include "settings/settings.def"
#undef SETTING
#undef PROPERTY
#undef PROPERTIES

    struct settings_property *kafka_properties;
    size_t kafka_property_count;
    struct settings_value *values; /* for settings/print.c: one for each row of settings.def */
};

/* What must be set beyond the defaults. NEED_KAFKA: kafka.bootstrap.servers. */
enum settings_need { NEED_NOTHING, NEED_KAFKA };
