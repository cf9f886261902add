#include "settings/row.h"

#include <assert.h>
#include <string.h>

#include "base/count.h"
#include "model/appid.h"
#include "settings/value.h"

#define TYPE_APPID        const char *
#define TYPE_TOPIC        const char *
#define TYPE_TOPIC_PART   const char *
#define TYPE_CONNINFO     const char *
#define TYPE_URL          const char *
#define TYPE_PATH         const char *
#define TYPE_NAME         const char *
#define TYPE_ADDRESS      const char *
#define TYPE_MILLISECONDS int64_t
#define TYPE_COUNT        int64_t
#define TYPE_BOOLEAN      bool
#define TYPE_LEVEL        enum log_level
#define TYPE_FORMAT       enum log_format

#define SETTING(key, kind, field, fallback, allowed, meaning)                                      \
    _Static_assert(_Generic(((struct settings *)0)->field, TYPE_##kind : 1, default : 0),          \
                   "the field of " key " has the type of its kind");
#define PROPERTY(key, fallback, allowed, meaning)
#define PROPERTIES(key, allowed, meaning)
#include "settings/settings.def"
#undef SETTING
#undef PROPERTY
#undef PROPERTIES

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

static bool keep_text(void *field, const char *text, bool is_allowed)
{
    if (is_allowed)
        *(const char **)field = text;
    return is_allowed;
}

static bool keep_url(void *field, char *text)
{
    if (!value_is_url(str_of(text)))
        return false;
    for (size_t len = strlen(text); text[len - 1] == '/'; len--)
        text[len - 1] = '\0';
    return keep_text(field, text, true);
}

static bool is_appid(struct str text)
{
    struct appid appid;
    return appid_set(&appid, text);
}

/* The place of `text` among the choices, which become 0, 1, 2 … of an enum. */
static bool choose(unsigned *choice, const struct row *row, struct str text)
{
    int at = value_choice(text, str_of(row->allowed));
    if (at < 0)
        return false;
    *choice = (unsigned)at;
    return true;
}

bool row_accept(struct settings *settings, const struct row *row, char *text)
{
    void *field = (char *)settings + row->offset;
    struct str view = str_of(text);
    unsigned choice = 0;
    switch (row->kind) {
    case ROW_APPID:
        return keep_text(field, text, str_is_empty(view) || is_appid(view));
    case ROW_TOPIC:
        return keep_text(field, text, value_is_topic(view));
    case ROW_TOPIC_PART:
        return keep_text(field, text, value_is_topic_part(view));
    case ROW_CONNINFO:
    case ROW_PATH:
        return keep_text(field, text, true);
    case ROW_URL:
        return keep_url(field, text);
    case ROW_NAME:
        return keep_text(field, text, value_is_name(view));
    case ROW_ADDRESS:
        return keep_text(field, text, str_is_empty(view) || value_is_address(view));
    case ROW_MILLISECONDS:
    case ROW_COUNT:
        return value_number(field, view, str_of(row->allowed));
    case ROW_BOOLEAN:
        if (!choose(&choice, row, view))
            return false;
        *(bool *)field = choice != 0;
        return true;
    case ROW_LEVEL:
        if (!choose(&choice, row, view))
            return false;
        *(enum log_level *)field = (enum log_level)choice;
        return true;
    case ROW_FORMAT:
        if (!choose(&choice, row, view))
            return false;
        *(enum log_format *)field = (enum log_format)choice;
        return true;
    case ROW_PROPERTY:
    case ROW_PROPERTIES:
        break;
    }
    assert(!"a property has no field");
    return false;
}
