#include "settings/row.h"

#include <assert.h>
#include <string.h>

#include "base/count.h"
#include "model/appid.h"
#include "settings/value.h"

#define SETTING(key, kind, field, fallback, allowed, meaning)                                      \
    {key, ROW_##kind, offsetof(struct settings, field), fallback, allowed, meaning},
#define PROPERTY(key, fallback, allowed, meaning)                                                  \
    {key, ROW_PROPERTY, 0, fallback, allowed, meaning},
#define PROPERTIES(key, allowed, meaning) {key, ROW_PROPERTIES, 0, "", allowed, meaning},
static const struct row rows[] = {
#include "settings/settings.def"
};
#undef SETTING
#undef PROPERTY
#undef PROPERTIES

size_t rows_count(void)
{
    return COUNT_OF(rows);
}

const struct row *row_at(size_t index)
{
    assert(index < rows_count());
    return &rows[index];
}

/* Removes the slashes at the end. */
static void trim_url(char *text)
{
    for (size_t len = strlen(text); text[len - 1] == '/'; len--)
        text[len - 1] = '\0';
}

static bool is_appid_or_empty(struct str text)
{
    struct appid appid;
    return str_is_empty(text) || appid_set(&appid, text);
}

static bool is_address_or_empty(struct str text)
{
    return str_is_empty(text) || value_is_address(text);
}

static bool keep_text(const char **field, const struct row *row, char *text)
{
    static bool (*const rules[])(struct str text) = {
        [ROW_APPID] = is_appid_or_empty,
        [ROW_TOPIC] = value_is_topic,
        [ROW_TOPIC_PART] = value_is_topic_part,
        [ROW_CONNINFO] = NULL,
        [ROW_URL] = value_is_url,
        [ROW_PATH] = NULL,
        [ROW_NAME] = value_is_name,
        [ROW_ADDRESS] = is_address_or_empty,
    }; /* NULL: any text */
    if (rules[row->kind] && !rules[row->kind](str_of(text)))
        return false;
    if (row->kind == ROW_URL)
        trim_url(text);
    *field = text;
    return true;
}

/* The choices are in the order of the enum, or they are false and true. */
static bool keep_choice(void *field, const struct row *row, const char *text)
{
    int at = value_choice(str_of(text), str_of(row->allowed));
    if (at < 0)
        return false;
    if (row->kind == ROW_BOOLEAN)
        *(bool *)field = at != 0;
    else if (row->kind == ROW_LEVEL)
        *(enum log_level *)field = (enum log_level)at;
    else
        *(enum log_format *)field = (enum log_format)at;
    return true;
}

bool row_accept(struct settings *settings, const struct row *row, char *text)
{
    void *field = (char *)settings + row->offset;
    switch (row->kind) {
    case ROW_APPID:
    case ROW_TOPIC:
    case ROW_TOPIC_PART:
    case ROW_CONNINFO:
    case ROW_URL:
    case ROW_PATH:
    case ROW_NAME:
    case ROW_ADDRESS:
        return keep_text(field, row, text);
    case ROW_MILLISECONDS:
    case ROW_COUNT:
        return value_number(field, str_of(text), str_of(row->allowed));
    case ROW_BOOLEAN:
    case ROW_LEVEL:
    case ROW_FORMAT:
        return keep_choice(field, row, text);
    case ROW_PROPERTY:
    case ROW_PROPERTIES:
        break;
    }
    assert(!"a property has no field");
    return false;
}
