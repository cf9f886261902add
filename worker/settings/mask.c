#include "settings/mask.h"

#include <strings.h>

#include "settings/property.h"
#include "settings/row.h"

#define MASK STR("***")

/* Printed as they are they could break the line or move the cursor. */
static void add_plain(struct text *shown, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        text_add_char(shown, c < ' ' || c == 0x7f ? '?' : (char)c);
    }
}

static struct str from(struct str text, size_t at)
{
    return (struct str){.at = text.at + at, .len = text.len - at};
}

static size_t skip_spaces(struct str text, size_t at)
{
    while (at < text.len && (text.at[at] == ' ' || text.at[at] == '\t'))
        at++;
    return at;
}

/* Where the value that begins at `at` ends: a query's at "&", a conninfo's at its quote or at a
 * space. */
static size_t secret_end(struct str text, size_t at, bool is_url)
{
    if (is_url) {
        const char *end = memchr(text.at + at, '&', text.len - at);
        return end ? (size_t)(end - text.at) : text.len;
    }
    bool quoted = at < text.len && text.at[at] == '\'';
    for (at += quoted; at < text.len; at++) {
        char c = text.at[at];
        if (c == '\\')
            at++;
        else if (quoted ? c == '\'' : c == ' ' || c == '\t' || c == '\n')
            break;
    }
    return at < text.len ? at + quoted : text.len;
}

/* The length of "password =" with its spaces where it stands at `at`, else 0. */
static size_t password_name_len(struct str text, size_t at)
{
    struct str name = STR("password");
    if (text.len - at < name.len || strncasecmp(text.at + at, name.at, name.len) != 0)
        return 0;
    size_t equals = skip_spaces(text, at + name.len);
    if (equals == text.len || text.at[equals] != '=')
        return 0;
    return skip_spaces(text, equals + 1) - at;
}

/* Masks each value of a name that ends in "password": password, sslpassword. */
static void add_without_passwords(struct text *shown, struct str text, bool is_url)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = password_name_len(text, at);
        if (len == 0) {
            add_plain(shown, (struct str){.at = text.at + at++, .len = 1});
            continue;
        }
        add_plain(shown, (struct str){.at = text.at + at, .len = len});
        text_add(shown, MASK);
        at = secret_end(text, at + len, is_url);
    }
}

/* scheme://user:SECRET@host…: all from the colon to the last "@", because a password may hold
 * any of the other marks. */
static void add_url(struct text *shown, struct str url, size_t authority_at)
{
    struct str rest = from(url, authority_at);
    const char *host = rest.len ? memrchr(rest.at, '@', rest.len) : NULL;
    const char *colon = host ? memchr(rest.at, ':', (size_t)(host - rest.at)) : NULL;
    if (colon) {
        add_plain(shown, (struct str){.at = url.at, .len = (size_t)(colon + 1 - url.at)});
        text_add(shown, MASK);
        rest = from(url, (size_t)(host - url.at));
    } else {
        rest = url;
    }
    add_without_passwords(shown, rest, true);
}

/* For conninfo strings and URLs alike. */
static void add_connection(struct text *shown, struct str value)
{
    const char *scheme_end = value.len ? memmem(value.at, value.len, "://", 3) : NULL;
    const char *equals = value.len ? memchr(value.at, '=', value.len) : NULL;
    if (scheme_end && (!equals || scheme_end < equals))
        add_url(shown, value, (size_t)(scheme_end + 3 - value.at));
    else
        add_without_passwords(shown, value, false);
}

static const struct row *find_row(struct str key)
{
    for (size_t i = 0; i < rows_count(); i++)
        if (str_equal(key, str_of(row_at(i)->key)))
            return row_at(i);
    return NULL;
}

void mask_value(struct text *shown, struct str key, struct str value)
{
    const struct row *row = find_row(key);
    bool is_property = str_starts_with(key, STR("kafka."));
    if (row && (row->kind == ROW_CONNINFO || row->kind == ROW_URL))
        add_connection(shown, value);
    else if (value.len > 0 && (is_property ? property_is_secret(key) : !row))
        text_add(shown, MASK);
    else
        add_plain(shown, value);
}
