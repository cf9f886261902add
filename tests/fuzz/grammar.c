#include "fuzz/grammar.h"

/* The position in the text, the depth, and what was seen so far. */
struct reading {
    const char *at;
    const char *end;
    int level;
    struct grammar_opinion opinion;
};

static bool value(struct reading *r);

static int peek(const struct reading *r)
{
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

static bool take(struct reading *r, char c)
{
    if (peek(r) != (unsigned char)c)
        return false;
    r->at++;
    return true;
}

static void blanks(struct reading *r)
{
    while (take(r, ' ') || take(r, '\t') || take(r, '\n') || take(r, '\r'))
        continue;
}

static bool word(struct reading *r, const char *letters)
{
    for (; *letters; letters++)
        if (!take(r, *letters))
            return false;
    return true;
}

static size_t digits(struct reading *r)
{
    const char *start = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

static bool is_huge(struct str integer)
{
    struct str highest = integer.at[0] == '-' ? STR("-9223372036854775808")
                                              : STR("18446744073709551615");
    if (integer.len != highest.len)
        return integer.len > highest.len;
    return memcmp(integer.at, highest.at, integer.len) > 0;
}

static bool number(struct reading *r)
{
    const char *start = r->at;
    (void)take(r, '-');
    if (!take(r, '0') && !digits(r))
        return false;
    struct str integer = {.at = start, .len = (size_t)(r->at - start)};
    bool is_integer = true;
    if (take(r, '.')) {
        is_integer = false;
        if (!digits(r))
            return false;
    }
    if (take(r, 'e') || take(r, 'E')) {
        is_integer = false;
        if (!take(r, '+'))
            (void)take(r, '-');
        if (!digits(r))
            return false;
    }
    r->opinion.has_huge_integer |= is_integer && is_huge(integer);
    return true;
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool escape(struct reading *r, bool *has_nul)
{
    int c = peek(r);
    r->at++;
    if (c != 'u')
        return c > 0 && strchr("\"\\/bfnrt", c);
    int code = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        int digit = hex_value(peek(r));
        if (digit < 0)
            return false;
        code = code * 16 + digit;
    }
    *has_nul |= code == 0;
    return true;
}

static bool string(struct reading *r, bool *has_nul)
{
    if (!take(r, '"'))
        return false;
    for (;;) {
        int c = peek(r);
        if (c < 0x20) /* the end too */
            return false;
        r->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !escape(r, has_nul))
            return false;
    }
}

static bool member(struct reading *r)
{
    bool has_nul = false;
    blanks(r);
    if (!string(r, &has_nul))
        return false;
    r->opinion.has_nul_in_name |= has_nul;
    blanks(r);
    return take(r, ':') && value(r);
}

/* Reads items, separated by commas, up to `end`. The opening mark is already taken. */
static bool list(struct reading *r, bool (*item)(struct reading *), char end)
{
    blanks(r);
    if (take(r, end))
        return true;
    do {
        if (!item(r))
            return false;
        blanks(r);
    } while (take(r, ','));
    return take(r, end);
}

static bool scalar(struct reading *r)
{
    bool has_nul = false;
    switch (peek(r)) {
    case '"':
        return string(r, &has_nul);
    case 't':
        return word(r, "true");
    case 'f':
        return word(r, "false");
    case 'n':
        return word(r, "null");
    default:
        return number(r);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): at most GRAMMAR_LEVELS_MAX deep */
static bool value(struct reading *r)
{
    if (r->level == GRAMMAR_LEVELS_MAX)
        return false;
    r->level++;
    blanks(r);
    bool is_right = take(r, '{')   ? list(r, member, '}')
                    : take(r, '[') ? list(r, value, ']')
                                   : scalar(r);
    r->level--;
    return is_right;
}

bool grammar_is_utf8(struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.at;
    for (size_t i = 0; i < bytes.len;) {
        unsigned char c = at[i];
        size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        uint32_t code = more == 0 ? c : c & (0x3fU >> more);
        if ((c >= 0x80 && c < 0xc0) || c > 0xf7 || more >= bytes.len - i)
            return false;
        for (size_t k = 1; k <= more; k++) {
            if ((at[i + k] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (at[i + k] & 0x3fU);
        }
        static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
        if (code < lowest[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return false;
        i += more + 1;
    }
    return true;
}

struct grammar_opinion grammar_judge(struct str bytes)
{
    struct reading r = {.at = bytes.at, .end = bytes.at + bytes.len};
    if (str_starts_with(bytes, STR("\xef\xbb\xbf")))
        r.at += 3;
    blanks(&r);
    bool is_object = peek(&r) == '{' && value(&r);
    blanks(&r);
    r.opinion.is_object = is_object && r.at == r.end && grammar_is_utf8(bytes);
    return r.opinion;
}
