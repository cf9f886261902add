#include "settings/value.h"

#include <assert.h>

enum { TOPIC_LEN_MAX = 249, NAME_LEN_MAX = 64, PORT_MAX = 65535 };

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Returns how many bytes at the start of the text are among `characters`. */
static size_t span(struct str text, struct str characters)
{
    size_t len = 0;
    while (len < text.len && memchr(characters.at, text.at[len], characters.len))
        len++;
    return len;
}

static bool consists_of(struct str text, struct str characters, size_t len_max)
{
    return text.len > 0 && text.len <= len_max && span(text, characters) == text.len;
}

/* Returns the text up to the first `end`, and removes both from *rest. */
static struct str cut_at(struct str *rest, char end)
{
    const char *at = rest->len ? memchr(rest->at, end, rest->len) : NULL;
    struct str front = {.at = rest->at, .len = at ? (size_t)(at - rest->at) : rest->len};
    *rest = str_without(*rest, front.len + (at ? 1 : 0));
    return front;
}

bool value_is_topic_part(struct str text)
{
    return consists_of(text, STR(LOWER UPPER DIGITS "._-"), TOPIC_LEN_MAX);
}

bool value_is_topic(struct str text)
{
    return value_is_topic_part(text) && !str_equal(text, STR(".")) && !str_equal(text, STR(".."));
}

bool value_is_name(struct str text)
{
    return consists_of(text, STR(LOWER "_"), NAME_LEN_MAX);
}

static bool is_port(struct str text)
{
    int64_t port;
    return str_to_int64(text, &port) && port >= 1 && port <= PORT_MAX;
}

/* Returns the host at the start of "host…" or "[ipv6]…", with its brackets; empty if there
 * is none. */
static struct str host_of(struct str text)
{
    struct str none = {.at = text.at};
    if (text.len == 0 || text.at[0] != '[')
        return (struct str){.at = text.at, .len = span(text, STR(LOWER UPPER DIGITS "._-"))};
    size_t len = span(str_without(text, 1), STR("abcdefABCDEF" DIGITS ":."));
    if (len == 0 || len + 1 == text.len || text.at[len + 1] != ']')
        return none;
    return (struct str){.at = text.at, .len = len + 2};
}

bool value_is_address(struct str text)
{
    size_t host_len = host_of(text).len;
    struct str rest = str_without(text, host_len);
    return host_len > 0 && str_starts_with(rest, STR(":")) && is_port(str_without(rest, 1));
}

/* Returns what follows "http://" or "https://". Absent if the URL begins with neither. */
static struct str after_scheme(struct str url)
{
    if (str_starts_with(url, STR("https://")))
        return str_without(url, sizeof("https://") - 1);
    if (str_starts_with(url, STR("http://")))
        return str_without(url, sizeof("http://") - 1);
    return (struct str){0};
}

bool value_is_url(struct str text)
{
    struct str path = after_scheme(text);
    if (!path.at)
        return false;
    struct str authority = cut_at(&path, '/');
    struct str allowed_in_path = STR(LOWER UPPER DIGITS "/._~%!$&'()*+,;=:-");
    bool host_only = authority.len > 0 && host_of(authority).len == authority.len;
    return (host_only || value_is_address(authority)) && span(path, allowed_in_path) == path.len;
}

bool value_url_is_exposed(struct str url)
{
    if (!str_starts_with(url, STR("http://")))
        return false;
    struct str host = host_of(after_scheme(url));
    bool loopback = str_equal(host, STR("localhost")) || str_equal(host, STR("[::1]")) ||
                    (str_starts_with(host, STR("127.")) && span(host, STR(DIGITS ".")) == host.len);
    return !loopback;
}

bool value_number(int64_t *number, struct str text, struct str allowed)
{
    struct str high_text = allowed;
    struct str low_text = cut_at(&high_text, ' ');
    assert(str_starts_with(high_text, STR("to ")));

    int64_t low, high, value;
    bool has_rule = str_to_int64(low_text, &low) && str_to_int64(str_without(high_text, 3), &high);
    assert(has_rule);
    if (!str_to_int64(text, &value) || value < low || value > high)
        return false;

    *number = value;
    return true;
}

int value_choice(struct str text, struct str allowed)
{
    struct str rest = allowed;
    for (int at = 0; rest.len > 0; at++) {
        struct str choice = cut_at(&rest, ',');
        if (str_equal(text, choice))
            return at;
        rest = str_without(rest, span(rest, STR(" ")));
    }
    return -1;
}
