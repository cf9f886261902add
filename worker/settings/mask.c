#include "settings/mask.h"

#include "settings/property.h"
#include "settings/row.h"

#define MASK STR("***")

void mask_plain(struct text *shown, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        text_add_char(shown, c < ' ' || c == 0x7f ? '?' : (char)c);
    }
}

/* White space as libpq defines it. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_spaces(struct str text, size_t at)
{
    while (at < text.len && is_space(text.at[at]))
        at++;
    return at;
}

/* Returns where the value that begins at `at` ends. In the query of a URL, it ends at "&". */
static size_t query_value_end(struct str text, size_t at)
{
    const char *end = memchr(text.at + at, '&', text.len - at);
    return end ? (size_t)(end - text.at) : text.len;
}

/* Does the same in a conninfo string, where a value ends at its quote or at a space. */
static size_t conninfo_value_end(struct str text, size_t at)
{
    bool quoted = at < text.len && text.at[at] == '\'';
    for (at += quoted; at < text.len; at++) {
        char c = text.at[at];
        if (c == '\\')
            at++;
        else if (quoted ? c == '\'' : is_space(c))
            break;
    }
    return at < text.len ? at + quoted : text.len;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the character at `at` and moves *at past it. In a URL, even a name may be
 * percent-encoded. */
static char read_character(struct str text, size_t *at)
{
    char c = text.at[(*at)++];
    if (c != '%' || text.len - *at < 2)
        return c;
    int high = hex_value(text.at[*at]);
    int low = hex_value(text.at[*at + 1]);
    if (high < 0 || low < 0)
        return c;
    *at += 2;
    return (char)(high << 4 | low);
}

/* Returns the length of "password =" with its spaces if that is what is at `at`, else 0. */
static size_t password_name_len(struct str text, size_t at)
{
    size_t end = at;
    for (const char *letter = "password"; *letter; letter++)
        if (end == text.len || (read_character(text, &end) | 0x20) != *letter)
            return 0;
    size_t equals = skip_spaces(text, end);
    if (equals == text.len || text.at[equals] != '=')
        return 0;
    return skip_spaces(text, equals + 1) - at;
}

/* Masks the value of each name that ends in "password": password, sslpassword. */
static void add_without_passwords(struct text *shown, struct str text,
                                  size_t (*value_end)(struct str text, size_t at))
{
    for (size_t at = 0; at < text.len;) {
        size_t len = password_name_len(text, at);
        if (len == 0) {
            mask_plain(shown, (struct str){.at = text.at + at++, .len = 1});
            continue;
        }
        mask_plain(shown, (struct str){.at = text.at + at, .len = len});
        text_add(shown, MASK);
        at = value_end(text, at + len);
    }
}

/* Returns true if the name of a password begins before `end`. */
static bool names_password(struct str text, size_t end)
{
    for (size_t at = 0; at < end; at++)
        if (password_name_len(text, at))
            return true;
    return false;
}

/* Masks scheme://user:SECRET@host… from the colon to the last "@", because a password may contain
 * any other separator. The colon and the "@" may both be inside a password in the query. Then the
 * rest of that password is masked too. */
static void add_url(struct text *shown, struct str url, size_t authority_at)
{
    struct str rest = str_without(url, authority_at);
    const char *host = rest.len ? memrchr(rest.at, '@', rest.len) : NULL;
    const char *colon = host ? memchr(rest.at, ':', (size_t)(host - rest.at)) : NULL;
    if (colon) {
        struct str front = {.at = url.at, .len = (size_t)(colon + 1 - url.at)};
        add_without_passwords(shown, front, query_value_end);
        text_add(shown, MASK);
        size_t host_at = (size_t)(host - url.at);
        rest = str_without(url,
                           names_password(url, host_at) ? query_value_end(url, host_at) : host_at);
    } else {
        rest = url;
    }
    add_without_passwords(shown, rest, query_value_end);
}

/* Appends a conninfo string or a URL without its secrets. */
static void add_connection(struct text *shown, struct str value)
{
    const char *scheme_end = value.len ? memmem(value.at, value.len, "://", 3) : NULL;
    const char *equals = value.len ? memchr(value.at, '=', value.len) : NULL;
    if (scheme_end && (!equals || scheme_end < equals))
        add_url(shown, value, (size_t)(scheme_end + 3 - value.at));
    else
        add_without_passwords(shown, value, conninfo_value_end);
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
        mask_plain(shown, value);
}
