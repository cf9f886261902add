#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "commands/command.h"
#include "io/http.h"
#include "io/kafka.h"
#include "io/schema.h"

enum {
    KAFKA_LIMIT_MS = 10000,
    TOPICS = 5,
    TOPIC_BYTES = 512,
    TROUBLE_BYTES = 256,
    BODY_MAX = 65536
};

static int say_ok(const char *what, const char *found)
{
    (void)printf("%-10s ok    %s\n", what, found);
    return EX_OK;
}

static int say_fail(const char *what, const struct err *err)
{
    (void)printf("%-10s fail  %s\n", what, err->text);
    return err_exit_status(err);
}

static void say_skip(const char *what, const char *why)
{
    (void)printf("%-10s skip  %s\n", what, why);
}

/* Settings that are wrong never get here: all of them have been reported. */
static int check_settings(const struct settings *settings)
{
    char bytes[TROUBLE_BYTES];
    struct text found = TEXT_IN(bytes);
    text_format(&found, "%zu properties of Kafka, at most %lld events in flight",
                settings->kafka_property_count, (long long)settings->worker_in_flight_max);
    return say_ok("settings", text_terminated(&found));
}

/* The three topics and those of the dead letters. */
static int check_kafka(const struct settings *settings)
{
    CLEANUP(freep)
    struct kafka_property *properties = calloc(SETTINGS_PROPERTIES_MAX, sizeof(*properties));
    if (!properties)
        abort();
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        properties[i] = (struct kafka_property){
            .name = settings->kafka_properties[i].name,
            .value = settings->kafka_properties[i].value,
        };
    struct kafka_settings kafka = {
        .properties = properties,
        .property_count = settings->kafka_property_count,
        .input_topics = {settings->topic_authorization_changed, settings->topic_refresh_due},
    };

    char dead[KAFKA_TOPICS][TOPIC_BYTES];
    const char *topics[TOPICS] = {kafka.input_topics[0], kafka.input_topics[1],
                                  settings->topic_token_updated};
    for (size_t i = 0; i < KAFKA_TOPICS; i++) {
        struct text name = TEXT_IN(dead[i]);
        text_format(&name, "%s%s", kafka.input_topics[i], settings->dead_letter_suffix);
        topics[TOPICS - KAFKA_TOPICS + i] = text_terminated(&name);
    }

    struct err err;
    if (!kafka_check(&kafka, topics, TOPICS, KAFKA_LIMIT_MS, &err))
        return say_fail("kafka", &err);
    return say_ok("kafka", "brokers answer, all five topics exist");
}

static int check_database(const struct settings *settings)
{
    struct err err;
    if (!schema_check(settings->postgres_url, &err))
        return say_fail("database", &err);

    char bytes[TROUBLE_BYTES];
    struct text found = TEXT_IN(bytes);
    text_format(&found, "schema is at version %d", schema_version_known());
    return say_ok("database", text_terminated(&found));
}

/* A component's token is the work of another program: where there is none, that service stayed
 * away. */
static int check_component(const struct settings *settings)
{
    struct err err;
    char trouble[TROUBLE_BYTES] = "";
    if (!schema_check_component(settings->postgres_url, settings->component_appid, trouble,
                                sizeof(trouble), &err))
        return say_fail("component", &err);
    if (*trouble) {
        (void)err_set(&err, ERR_UNAVAILABLE, "%s: %s", settings->component_appid, trouble);
        return say_fail("component", &err);
    }
    return say_ok("component", settings->component_appid);
}

static int check_wechat(const struct settings *settings)
{
    struct http_settings http = {
        .ca_file = settings->wechat_ca_file,
        .connect_timeout_ms = settings->wechat_connect_timeout_ms,
        .timeout_ms = settings->wechat_timeout_ms,
        .in_flight_max = 1,
        .body_max = BODY_MAX,
    };
    struct err err;
    if (!http_check(settings->wechat_base_url, &http, &err))
        return say_fail("wechat", &err);
    return say_ok("wechat", settings->wechat_base_url);
}

static int worse(int status, int other)
{
    return status > other ? status : other;
}

int command_check(const struct settings *settings)
{
    int status = check_settings(settings);
    status = worse(status, check_kafka(settings));
    int database = check_database(settings);
    status = worse(status, database);
    if (!*settings->component_appid)
        say_skip("component", "component.appid is not set: every event has to name its component");
    else if (database != EX_OK)
        say_skip("component", "the database is not usable");
    else
        status = worse(status, check_component(settings));
    return worse(status, check_wechat(settings));
}
