#include <stdio.h>
#include <sysexits.h>

#include "base/text.h"
#include "commands/command.h"
#include "io/http/http.h"
#include "io/kafka/kafka.h"
#include "io/postgres/schema.h"
#include "loop/wiring.h"

enum { KAFKA_LIMIT_MS = 10000, TOPIC_BYTES = 512, TROUBLE_BYTES = 256 };

/* The output, each input, and the dead letters of each input. */
enum { TOPICS = 1 + 2 * INPUT_KINDS };

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

/* Wrong settings never get this far: all have been reported, except those that only librdkafka can
 * judge. */
static int check_settings(const struct settings *settings)
{
    struct err err;
    struct kafka_wiring wiring;
    wire_kafka(&wiring, settings);
    if (!kafka_check_properties(&wiring.kafka, &err))
        return say_fail("settings", &err);

    char bytes[TROUBLE_BYTES];
    struct text found = TEXT_IN(bytes);
    text_format(&found, "%zu properties of Kafka, at most %lld events in flight",
                settings->kafka_property_count, (long long)settings->worker_in_flight_max);
    return say_ok("settings", text_terminated(&found));
}

static bool ask_kafka(const struct settings *settings, const struct kafka_settings *kafka,
                      struct err *err)
{
    char dead[INPUT_KINDS][TOPIC_BYTES];
    const char *topics[TOPICS] = {settings->topics_token_updated};
    for (size_t i = 0; i < INPUT_KINDS; i++) {
        struct text name = TEXT_IN(dead[i]);
        text_format(&name, "%s%s", kafka->input_topics[i], settings->topics_dead_letter_suffix);
        topics[1 + 2 * i] = kafka->input_topics[i];
        topics[2 + 2 * i] = text_terminated(&name);
    }
    return kafka_check(kafka, topics, TOPICS, KAFKA_LIMIT_MS, err);
}

static int check_kafka(const struct settings *settings)
{
    struct kafka_wiring wiring;
    struct err err;
    wire_kafka(&wiring, settings);
    if (!ask_kafka(settings, &wiring.kafka, &err))
        return say_fail("kafka", &err);

    char bytes[TROUBLE_BYTES];
    struct text found = TEXT_IN(bytes);
    text_format(&found, "brokers answer, all %d topics exist", TOPICS);
    return say_ok("kafka", text_terminated(&found));
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

/* Another program provides the component's token, so a missing token means that a service is
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
    struct http_settings http = http_settings_of(settings);
    struct err err;
    if (!http_check(settings->wechat_base_url, &http, &err)) {
        (void)err_prefix(&err, "%s", settings->wechat_base_url);
        return say_fail("wechat", &err);
    }
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
