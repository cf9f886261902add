#include "settings/print.h"

#include <string.h>

#include "settings/mask.h"
#include "settings/property.h"

enum { SHOWN_MAX = 512, KEY_WIDTH = 36, VALUE_WIDTH = 26, SOURCE_WIDTH = 13 };

static const struct settings_property *find_property(const struct settings *settings,
                                                     struct str key)
{
    size_t skip = sizeof("kafka.") - 1;
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        if (str_equal(str_of(key.at + skip), str_of(settings->kafka_properties[i].name)))
            return &settings->kafka_properties[i];
    return NULL;
}

struct settings_shown settings_shown_of(const struct settings *settings, const struct row *row)
{
    if (row->kind == ROW_PROPERTY) {
        const struct settings_property *property = find_property(settings, str_of(row->key));
        return property ? (struct settings_shown){property->value, property->source, property->line}
                        : (struct settings_shown){.value = ""};
    }
    const struct settings_value *value = &settings->values[row - row_at(0)];
    return (struct settings_shown){value->text ? value->text : "", value->source, value->line};
}

void settings_source_name(struct text *text, enum settings_source source, int line)
{
    switch (source) {
    case SOURCE_DEFAULT:
        text_add(text, STR("default"));
        return;
    case SOURCE_FILE:
        text_format(text, "file, line %d", line);
        return;
    case SOURCE_ENVIRONMENT:
        text_add(text, STR("environment"));
        return;
    case SOURCE_OPTION:
        text_add(text, STR("option"));
        return;
    }
}

static void print_line(FILE *out, const char *key, const struct settings_shown *shown,
                       const char *meaning)
{
    char value_bytes[SHOWN_MAX], source_bytes[64];
    struct text value = TEXT_IN(value_bytes), source = TEXT_IN(source_bytes);
    mask_value(&value, str_of(key), str_of(shown->value));
    if (value.len == 0)
        text_add(&value, STR("\"\""));
    settings_source_name(&source, shown->source, shown->line);
    (void)fprintf(out, "%-*s  %-*s  %-*s  %s\n", KEY_WIDTH, key, VALUE_WIDTH,
                  text_terminated(&value), SOURCE_WIDTH, text_terminated(&source), meaning);
}

static bool has_row(const char *name)
{
    for (size_t i = 0; i < rows_count(); i++)
        if (row_at(i)->kind == ROW_PROPERTY &&
            strcmp(row_at(i)->key + sizeof("kafka.") - 1, name) == 0)
            return true;
    return false;
}

static void print_other_properties(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; i < settings->kafka_property_count; i++) {
        const struct settings_property *property = &settings->kafka_properties[i];
        if (has_row(property->name))
            continue;
        char bytes[SHOWN_MAX];
        struct text key = TEXT_IN(bytes);
        text_add(&key, STR("kafka."));
        mask_plain(&key, str_of(property->name));
        struct settings_shown shown = {property->value, property->source, property->line};
        print_line(out, text_terminated(&key), &shown, "passed on to librdkafka");
    }
}

void settings_print(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; i < rows_count(); i++) {
        const struct row *row = row_at(i);
        if (row->kind == ROW_PROPERTIES) {
            print_other_properties(settings, out);
            continue;
        }
        struct settings_shown shown = settings_shown_of(settings, row);
        print_line(out, row->key, &shown, row->meaning);
    }
}

void settings_print_markdown(FILE *out)
{
    (void)fputs("| key | default | allowed | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < rows_count(); i++) {
        const struct row *row = row_at(i);
        const char *mark = *row->fallback ? "`" : "";
        (void)fprintf(out, "| `%s` | %s%s%s | %s | %s |\n", row->key, mark, row->fallback, mark,
                      row->allowed, row->meaning);
    }
    (void)fputs("\nProperties of librdkafka that may not be set:\n\n", out);
    for (size_t i = 0; i < forbidden_count(); i++)
        (void)fprintf(out, "- `kafka.%s`: %s\n", forbidden_at(i)->name, forbidden_at(i)->why);
}
