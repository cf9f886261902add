#include "settings/load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "settings/environment.h"
#include "settings/file.h"
#include "settings/mask.h"
#include "settings/property.h"
#include "settings/row.h"
#include "settings/rules.h"

#define KAFKA STR("kafka.")

/* A value on its way in, and where it came from. */
struct given {
    struct str key, value;
    enum settings_source source;
    int line;
};

struct loading {
    struct settings *settings;
    struct problems *problems;
};

/* The few kilobytes of settings must fit into memory before anything else begins. */
static char *copy(struct str text)
{
    char *bytes = strndup(text.len ? text.at : "", text.len);
    assert(bytes);
    return bytes;
}

static void set_value(struct settings *settings, size_t row_at, const struct given *given)
{
    struct settings_value *value = &settings->values[row_at];
    free(value->text);
    *value = (struct settings_value){
        .text = copy(given->value),
        .source = given->source,
        .line = given->line,
    };
}

/* Returns the property with that name or a free place for it. NULL if there is no room left. */
static struct settings_property *property_place(struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        if (str_equal(name, str_of(settings->kafka_properties[i].name)))
            return &settings->kafka_properties[i];
    if (settings->kafka_property_count == SETTINGS_PROPERTIES_MAX)
        return NULL;
    return &settings->kafka_properties[settings->kafka_property_count++];
}

static void property_done(struct settings_property *property)
{
    free((char *)property->name);
    free((char *)property->value);
}

static void set_property(const struct loading *loading, const struct given *given)
{
    struct str name = {.at = given->key.at + KAFKA.len, .len = given->key.len - KAFKA.len};
    const char *why = property_forbidden_because(name);
    if (why) {
        problems_wrong(loading->problems, "%.*s: may not be set: %s", STR_ARGS(given->key), why);
        return;
    }
    struct settings_property *property = property_place(loading->settings, name);
    if (!property) {
        problems_wrong(loading->problems, "%.*s: no more than %d properties", STR_ARGS(given->key),
                       SETTINGS_PROPERTIES_MAX);
        return;
    }

    char *name_copy = copy(name); /* `name` may point into the old property */
    property_done(property);
    *property = (struct settings_property){
        .name = name_copy,
        .value = copy(given->value),
        .source = given->source,
        .line = given->line,
    };
}

static void set(const struct loading *loading, const struct given *given)
{
    if (str_starts_with(given->key, KAFKA) && given->key.len > KAFKA.len) {
        set_property(loading, given);
        return;
    }
    for (size_t i = 0; i < rows_count(); i++) {
        if (!str_equal(given->key, str_of(row_at(i)->key)))
            continue;
        set_value(loading->settings, i, given);
        return;
    }
    if (given->source == SOURCE_FILE)
        problems_wrong(loading->problems, "file, line %d: there is no setting \"%.*s\"",
                       given->line, STR_ARGS(given->key));
    else
        problems_wrong(loading->problems, "there is no setting \"%.*s\"", STR_ARGS(given->key));
}

static void read_defaults(const struct loading *loading)
{
    for (size_t i = 0; i < rows_count(); i++) {
        const struct row *row = row_at(i);
        if (row->kind == ROW_PROPERTIES || (row->kind == ROW_PROPERTY && !*row->fallback))
            continue;
        set(loading, &(struct given){.key = str_of(row->key), .value = str_of(row->fallback)});
    }
}

static void read_file(const struct loading *loading, const char *path)
{
    struct str bytes = {0};
    struct err err;
    if (!file_read(&bytes, path, &err)) {
        problems_wrong(loading->problems, "%s", err.text);
        return;
    }
    CLEANUP(freep) char *owned = (char *)bytes.at;
    struct file_cursor cursor = file_cursor_of(bytes);
    struct given given = {.source = SOURCE_FILE};
    enum file_line line;
    while ((line = file_next(&cursor, &given.key, &given.value)) != FILE_END) {
        given.line = cursor.line;
        if (line == FILE_PAIR)
            set(loading, &given);
        else
            problems_wrong(loading->problems,
                           "file, line %d: allowed are \"key = value\" and \"# comment\"",
                           cursor.line);
    }
}

/* Splits "NAME=VALUE". Returns false if there is no name or no "=". */
static bool split(struct given *given, const char *pair)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return false;
    given->key = (struct str){.at = pair, .len = (size_t)(equals - pair)};
    given->value = str_of(equals + 1);
    return true;
}

static void read_variable(const struct loading *loading, const char *variable)
{
    struct given given = {.source = SOURCE_ENVIRONMENT};
    if (!split(&given, variable))
        return;
    struct str name = given.key;
    char bytes[256];
    struct text key = TEXT_IN(bytes);
    switch (environment_key(&key, name)) {
    case ENVIRONMENT_OTHER:
        return;
    case ENVIRONMENT_UNKNOWN:
        problems_warn(loading->problems, "%.*s in the environment is no setting, ignored",
                      STR_ARGS(name));
        return;
    case ENVIRONMENT_SETTING:
        given.key = text_str(&key);
        set(loading, &given);
        return;
    }
}

static void read_option(const struct loading *loading, const char *option)
{
    struct given given = {.source = SOURCE_OPTION};
    if (split(&given, option))
        set(loading, &given);
    else
        problems_wrong(loading->problems, "-o: allowed is KEY=VALUE");
}

static void accept_values(const struct loading *loading)
{
    for (size_t i = 0; i < rows_count(); i++) {
        char *text = loading->settings->values[i].text;
        if (text && !row_accept(loading->settings, row_at(i), text))
            rules_wrong(loading->problems, loading->settings, row_at(i));
    }
}

bool settings_load(struct settings *settings, struct problems *problems,
                   const struct settings_sources *sources, struct err *err)
{
    *settings = (struct settings){
        .values = calloc(rows_count(), sizeof(struct settings_value)),
        .kafka_properties = calloc(SETTINGS_PROPERTIES_MAX, sizeof(struct settings_property)),
    };
    *problems = (struct problems){0};
    if (!settings->values || !settings->kafka_properties)
        return err_set(err, ERR_BUG, "out of memory");

    struct loading loading = {.settings = settings, .problems = problems};
    read_defaults(&loading);
    if (sources->file)
        read_file(&loading, sources->file);
    for (const char *const *at = sources->environment; at && *at; at++)
        read_variable(&loading, *at);
    for (size_t i = 0; i < sources->option_count; i++)
        read_option(&loading, sources->options[i]);

    accept_values(&loading);
    rules_check(problems, settings, sources->need);
    size_t count = problems->wrongs.count + problems->wrongs.left_out;
    return count == 0 || err_set(err, ERR_CONFIG, "%zu of the settings %s wrong", count,
                                 count == 1 ? "is" : "are");
}

void settings_done(struct settings *settings)
{
    for (size_t i = 0; settings->values && i < rows_count(); i++)
        free(settings->values[i].text);
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        property_done(&settings->kafka_properties[i]);
    free(settings->values);
    free(settings->kafka_properties);
    *settings = (struct settings){0};
}
