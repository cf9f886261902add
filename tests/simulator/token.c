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

struct token token_make(enum token_kind kind, uint64_t origin, uint64_t serial)
{
    struct token token;
    const struct shape *shape = shape_of(kind);
    size_t prefix_len = strlen(shape->prefix);
    memcpy(token.text, shape->prefix, prefix_len);
    uint64_t start = chance_mix(origin ^ chance_mix(4 * serial + (uint64_t)kind + 1));
    write_random(token.text + prefix_len, shape->random, (struct chance){start});
    return token;
}

bool token_is(const char *text, enum token_kind kind, uint64_t origin, uint64_t serial)
{
    return strcmp(text, token_make(kind, origin, serial).text) == 0;
}

bool token_has_kind(const char *text, enum token_kind kind)
{
    const struct shape *shape = shape_of(kind);
    size_t prefix_len = strlen(shape->prefix);
    return strncmp(text, shape->prefix, prefix_len) == 0 &&
           strlen(text) == prefix_len + shape->random;
}
