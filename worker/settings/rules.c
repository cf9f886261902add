#include "settings/rules.h"

#include <assert.h>

#include "base/count.h"
#include "settings/mask.h"
#include "settings/print.h"
#include "settings/value.h"

enum { SHOWN_MAX = 256 };

struct topic {
    const char *key;
    const char *name;
};

/* Writes `key = "value" (source)`, the beginning of every sentence about a value. */
static const char *describe(struct text *text, const struct settings *settings,
                            const struct row *row)
{
    struct settings_shown shown = settings_shown_of(settings, row);
    text_format(text, "%s = \"", row->key);
    mask_value(text, str_of(row->key), str_of(shown.value));
    text_add(text, STR("\" ("));
    settings_source_name(text, shown.source, shown.line);
    text_add(text, STR(")"));
    return text_terminated(text);
}

static const struct row *find_row(const char *key)
{
    for (size_t i = 0; i < rows_count(); i++)
        if (str_equal(str_of(key), str_of(row_at(i)->key)))
            return row_at(i);
    assert(!"rules name rows of the table");
    return NULL;
}

void rules_wrong(struct problems *problems, const struct settings *settings, const struct row *row)
{
    char bytes[SHOWN_MAX];
    struct text text = TEXT_IN(bytes);
    problems_wrong(problems, "%s: allowed is %s", describe(&text, settings, row), row->allowed);
}

static bool is_joined(struct str whole, struct str front, struct str back)
{
    return whole.len == front.len + back.len && str_starts_with(whole, front) &&
           memcmp(whole.at + front.len, back.at, back.len) == 0;
}

static void check_name(struct problems *problems, const struct settings *settings,
                       const struct topic *topic, const struct topic *other)
{
    char bytes[SHOWN_MAX];
    struct text text = TEXT_IN(bytes);
    struct str name = str_of(topic->name);
    if (topic > other && str_equal(name, str_of(other->name)))
        problems_wrong(problems, "%s: allowed is another name than that of %s",
                       describe(&text, settings, find_row(topic->key)), other->key);
    if (is_joined(name, str_of(other->name), str_of(settings->topics_dead_letter_suffix)))
        problems_wrong(problems, "%s: allowed is another name than that of the dead letters of %s",
                       describe(&text, settings, find_row(topic->key)), other->key);
}

static void check_dead_letters(struct problems *problems, const struct settings *settings,
                               const struct topic *topic)
{
    char bytes[SHOWN_MAX], joined_bytes[SHOWN_MAX * 2];
    struct text text = TEXT_IN(bytes), joined = TEXT_IN(joined_bytes);
    text_format(&joined, "%s%s", topic->name, settings->topics_dead_letter_suffix);
    if (!value_is_topic(text_str(&joined)))
        problems_wrong(problems, "%s: too long for the dead letters of %s",
                       describe(&text, settings, find_row("topics.dead_letter_suffix")),
                       topic->key);
}

/* A worker that read what it writes would go round in circles. */
static void check_topics(struct problems *problems, const struct settings *settings)
{
    const struct topic topics[] = {
#define INPUT(KIND, name, topic, meaning) {"topics." #name, settings->topics_##name},
#include "model/inputs.def"
#undef INPUT
        {"topics.token_updated", settings->topics_token_updated},
    };
    enum { COUNT = COUNT_OF(topics) };
    for (size_t i = 0; i < COUNT; i++)
        if (!topics[i].name || !settings->topics_dead_letter_suffix)
            return;

    for (size_t i = 0; i < COUNT; i++) {
        check_dead_letters(problems, settings, &topics[i]);
        for (size_t other = 0; other < COUNT; other++)
            check_name(problems, settings, &topics[i], &topics[other]);
    }
}

static bool has_property(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        if (str_equal(str_of(name), str_of(settings->kafka_properties[i].name)))
            return *settings->kafka_properties[i].value != '\0';
    return false;
}

/* Properties with a default may not be set to nothing, because the Kafka adapter relies on them. */
static void check_properties(struct problems *problems, const struct settings *settings)
{
    for (size_t i = 0; i < rows_count(); i++) {
        const struct row *row = row_at(i);
        bool is_needed = row->kind == ROW_PROPERTY && *row->fallback;
        if (is_needed && !has_property(settings, row->key + sizeof("kafka.") - 1))
            rules_wrong(problems, settings, row);
    }
}

static void check_brokers(struct problems *problems, const struct settings *settings)
{
    if (!has_property(settings, "bootstrap.servers") &&
        !has_property(settings, "metadata.broker.list"))
        rules_wrong(problems, settings, find_row("kafka.bootstrap.servers"));
}

static void check_url(struct problems *problems, const struct settings *settings)
{
    if (!settings->wechat_base_url || !value_url_is_exposed(str_of(settings->wechat_base_url)))
        return;
    char bytes[SHOWN_MAX];
    struct text text = TEXT_IN(bytes);
    problems_warn(problems, "%s: tokens go to another machine in the clear",
                  describe(&text, settings, find_row("wechat.base_url")));
}

void rules_check(struct problems *problems, const struct settings *settings,
                 enum settings_need need)
{
    check_topics(problems, settings);
    check_properties(problems, settings);
    if (need == NEED_KAFKA)
        check_brokers(problems, settings);
    check_url(problems, settings);
}
