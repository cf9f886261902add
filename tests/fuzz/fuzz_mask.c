/*
 * mask_value: a setting's value as people may see it. The first line of the input is the key, the
 * rest is the value. What must hold:
 *
 * - the output is one line, and complete if there is room;
 * - nothing is shown of a secret property, or of an unknown key;
 * - of a password in a PostgreSQL connection, as libpq itself finds it, no four bytes are shown,
 *   however the password is written.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "settings/mask.h"
#include "settings/property.h"

enum {
    PIECE_LEN = 4, /* shorter ones stand anywhere by chance */
    PIECES_MAX = 256,
};

static void check_one_line(struct str shown)
{
    for (size_t i = 0; i < shown.len; i++)
        assert((unsigned char)shown.at[i] >= ' ' && shown.at[i] != 0x7f);
}

static bool is_password(const PQconninfoOption *option)
{
    return strcmp(option->keyword, "password") == 0 || strcmp(option->keyword, "sslpassword") == 0;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        count++;
    return count;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = memchr(digits, c, sizeof(digits) - 1);
    return at ? (int)((at - digits) % 16) : -1;
}

/* In place. */
static void percent_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        int high = *from == '%' ? hex_value(from[1]) : -1;
        int low = high >= 0 ? hex_value(from[2]) : -1;
        *to = low >= 0 ? (char)(16 * high + low) : *from;
        from += low >= 0 ? 3 : 1;
    }
    *to = '\0';
}

/* In place. */
static void drop_backslashes(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\\')
            *to++ = *from;
    *to = '\0';
}

/* In a name, or in the value of another option, or in the scheme. */
static bool stands_elsewhere(const PQconninfoOption *options, const char *piece)
{
    if (strstr("postgresql://", piece) || strstr("postgres://", piece))
        return true;
    for (const PQconninfoOption *at = options; at->keyword; at++)
        if (strstr(at->keyword, piece) || (!is_password(at) && at->val && strstr(at->val, piece)))
            return true;
    return false;
}

/* What both texts are looked through for, and where else it may come from. */
struct search {
    const PQconninfoOption *options;
    const char *shown;
    const char *value;
};

/* A piece that stands in the value more than once is something else there too; "*" and "?" are put
 * for other bytes. */
static void check_piece(const struct search *search, const char *piece)
{
    bool is_of_the_secret = count_of(search->value, piece) == 1 && !strpbrk(piece, "*?") &&
                            !stands_elsewhere(search->options, piece);
    assert(!is_of_the_secret || !strstr(search->shown, piece));
}

static void check_secret(const struct search *search, const char *secret)
{
    size_t len = strlen(secret);
    for (size_t at = 0; at + PIECE_LEN <= len && at < PIECES_MAX; at++) {
        char piece[PIECE_LEN + 1] = "";
        memcpy(piece, secret + at, PIECE_LEN);
        check_piece(search, piece);
    }
}

static void check_passwords(const struct search *search)
{
    for (const PQconninfoOption *at = search->options; at->keyword; at++)
        if (is_password(at) && at->val &&
            strstr(search->value, at->val)) /* else: otherwise written */
            check_secret(search, at->val);
}

/* Both texts are read as libpq reads the value, so that a password stands there as it is. */
static void check_connection(char *value, char *shown)
{
    char *complaint = NULL;
    PQconninfoOption *options = PQconninfoParse(value, &complaint);
    PQfreemem(complaint);
    if (!options)
        return;
    bool is_url = str_starts_with(str_of(value), STR("postgresql://")) ||
                  str_starts_with(str_of(value), STR("postgres://"));
    void (*unescape)(char *) = is_url ? percent_decode : drop_backslashes;
    unescape(value);
    unescape(shown);
    check_passwords(&(struct search){.options = options, .shown = shown, .value = value});
    PQconninfoFree(options);
}

static void check_hidden(struct str shown, struct str value)
{
    assert(str_equal(shown, value.len ? STR("***") : STR("")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {.at = (const char *)data, .len = size};
    struct str key = cut_off(&rest, '\n');
    struct str value = {.at = rest.at, .len = strnlen(rest.at, rest.len)};
    struct str exact = exact_copy(value);
    size_t max = 2 * value.len + 64;
    struct text shown = {.at = malloc(max), .max = max};
    assert(shown.at);
    mask_value(&shown, key, exact);
    assert(!shown.cut);
    check_one_line(text_str(&shown));

    bool is_property = str_starts_with(key, STR("kafka."));
    if ((is_property && property_is_secret(key)) || str_equal(key, STR("no.such.key")))
        check_hidden(text_str(&shown), value);
    if (str_equal(key, STR("postgres.url"))) {
        char *text = strndup(value.at, value.len);
        assert(text);
        check_connection(text, (char *)text_terminated(&shown));
        free(text);
    }
    free(shown.at);
    exact_free(exact);
    return 0;
}
