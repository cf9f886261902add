#include "token.h"

#include <stddef.h>
#include <string.h>

#include "chance.h"

struct shape {
    const char *prefix;
    size_t random; /* characters after the prefix */
};

static const struct shape *shape_of(enum token_kind kind)
{
    static const struct shape shapes[] = {
        [TOKEN_COMPONENT] = {"68_", 154},
        [TOKEN_ACCESS] = {"71_", 154},
        [TOKEN_REFRESH] = {"refreshtoken@@@", 43},
        [TOKEN_CODE] = {"queryauthcode@@@", 86},
    };
    return &shapes[kind];
}

static void write_random(char *at, size_t len, struct chance chance)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    enum { LETTERS_A_NUMBER = 10 }; /* of 6 bits each, from 64 bits */
    uint64_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        if (i % LETTERS_A_NUMBER == 0)
            bits = chance_next(&chance);
        at[i] = letters[bits & 63];
        bits >>= 6;
    }
    at[len] = '\0';
}

uint64_t token_origin(uint64_t seed, const char *owner)
{
    return chance_mix(seed + UINT64_C(0x5851f42d4c957f2d)) ^ chance_mix(chance_hash(owner));
}

void token_spell(char text[TOKEN_ROOM], struct token token)
{
    text[0] = '\0';
    if (token.serial == 0)
        return;
    const struct shape *shape = shape_of(token.kind);
    size_t prefix_len = strlen(shape->prefix);
    memcpy(text, shape->prefix, prefix_len);
    uint64_t number = 4 * token.serial + (uint64_t)token.kind + 1;
    uint64_t start = chance_mix(token.origin ^ chance_mix(number));
    write_random(text + prefix_len, shape->random, (struct chance){start});
}

void token_write(struct text *out, struct token token)
{
    char text[TOKEN_ROOM];
    token_spell(text, token);
    size_t usual = strlen(text);
    size_t left = token.len && usual ? token.len : usual;
    for (; left > usual; left -= usual)
        text_add_bytes(out, text, usual);
    text_add_bytes(out, text, left);
}

void token_write_quoted(struct text *out, struct token token)
{
    if (token.serial == 0) {
        text_add(out, "null");
        return;
    }
    text_add(out, "\"");
    token_write(out, token);
    text_add(out, "\"");
}

bool token_is(struct token token, const char *text)
{
    char usual[TOKEN_ROOM];
    token_spell(usual, token);
    if (token.len == 0)
        return strcmp(text, usual) == 0;
    size_t usual_len = strlen(usual);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] != usual[i % usual_len])
            return false;
    return len == token.len;
}

bool token_has_kind(const char *text, enum token_kind kind)
{
    const struct shape *shape = shape_of(kind);
    size_t prefix_len = strlen(shape->prefix);
    return strncmp(text, shape->prefix, prefix_len) == 0 &&
           strlen(text) == prefix_len + shape->random;
}
