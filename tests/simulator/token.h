/*
 * Texts of tokens. A token is a number in a series: the n-th of its kind from one origin, where an
 * origin is the run's seed mixed with its owner's name. So only numbers are kept, the text can be
 * written again at any time, and a run with the same seed issues the same tokens.
 * Lengths are those seen in recordings: access 157, refresh 58, code 102 characters.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum token_kind {
    TOKEN_COMPONENT, /* component_access_token */
    TOKEN_ACCESS,    /* authorizer_access_token */
    TOKEN_REFRESH,   /* authorizer_refresh_token */
    TOKEN_CODE,      /* authorization_code */
};

enum { TOKEN_ROOM = 160 }; /* the longest and its zero byte */

struct token {
    char text[TOKEN_ROOM];
};

uint64_t token_origin(uint64_t seed, const char *owner);
struct token token_make(enum token_kind kind, uint64_t origin, uint64_t serial);
bool token_is(const char *text, enum token_kind kind, uint64_t origin, uint64_t serial);

/* Whether it looks like one of ours of this kind. */
bool token_has_kind(const char *text, enum token_kind kind);
