#include "fuzz/secret.h"

static char next_in(char c, char first, char last)
{
    return (char)(c == last ? first : c + 1);
}

char secret_change_byte(char c)
{
    if (c >= 'a' && c <= 'z')
        return next_in(c, 'a', 'z');
    if (c >= 'A' && c <= 'Z')
        return next_in(c, 'A', 'Z');
    if (c >= '0' && c <= '9')
        return next_in(c, '0', '9');
    return c;
}

/* Returns the string whose opening quote is at `at`, without its quotes. The closing quote may be
 * missing. */
static struct str string_at(struct str json, size_t at)
{
    size_t end = at + 1;
    while (end < json.len && json.at[end] != '"')
        end += json.at[end] == '\\' && end + 1 < json.len ? 2 : 1;
    return (struct str){.at = json.at + at + 1, .len = end - at - 1};
}

static bool is_among(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_equal(name, str_of(*names)))
            return true;
    return false;
}

static size_t skip_blanks(struct str json, size_t at)
{
    while (at < json.len && json.at[at] && strchr(" \t\r\n", json.at[at]))
        at++;
    return at;
}

/* Returns how many bytes of the escape at the front have to stay, whether it is correct or not. */
static size_t escape_len(struct str rest)
{
    if (rest.len < 2 || rest.at[1] != 'u')
        return 2;
    size_t len = 2;
    while (len < 6 && len < rest.len && secret_change_byte(rest.at[len]) != rest.at[len])
        len++;
    return len;
}

static void change_string(char *at, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (at[i] == '\\') {
            i += escape_len((struct str){.at = at + i, .len = len - i});
        } else {
            at[i] = secret_change_byte(at[i]);
            i++;
        }
    }
}

void secrets_change(char *json, size_t len, const char *const *names)
{
    struct str all = {.at = json, .len = len};
    for (size_t i = 0; i < len; i++) {
        if (json[i] == '\\')
            i++;
        if (i >= len || json[i] != '"')
            continue;
        struct str name = string_at(all, i);
        i += name.len + 1;
        size_t colon = skip_blanks(all, i + 1);
        if (colon >= len || json[colon] != ':' || !is_among(name, names))
            continue;
        size_t quote = skip_blanks(all, colon + 1);
        if (quote >= len || json[quote] != '"')
            continue;
        struct str value = string_at(all, quote);
        change_string(json + quote + 1, value.len);
        i = quote + value.len + 1;
    }
}
