/*
 * struct token: names a token as the n-th of its kind from one origin. An origin is the run's seed
 * mixed with the owner's name. So only numbers are kept, the text can be written again at any time,
 * and a run with the same seed issues the same tokens.
 *
 * The usual lengths are those seen in recordings: access 157, refresh 58, code 102 characters. A
 * token of another length is the usual text, cut or repeated.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum token_kind {
    TOKEN_COMPONENT, /* component_access_token */
    TOKEN_ACCESS,    /* authorizer_access_token */
    TOKEN_REFRESH,   /* authorizer_refresh_token */
    TOKEN_CODE,      /* authorization_code */
};

enum {
    TOKEN_ROOM = 160,      /* bytes; the longest usual text and its zero byte fit */
    TOKEN_LEN_MAX = 65535, /* bytes */
};

struct token {
    enum token_kind kind;
    uint32_t len; /* bytes; 0: the usual length */
    uint64_t origin;
    uint64_t serial; /* 0: there is no token, and its text is empty */
};

uint64_t token_origin(uint64_t seed, const char *owner);

/* Writes the text in its usual length. */
void token_spell(char text[TOKEN_ROOM], struct token token);

/* Adds the text; it needs no escapes in JSON. */
void token_write(struct text *out, struct token token);

/* Adds the text as a JSON string, or null if there is no token. */
void token_write_quoted(struct text *out, struct token token);

bool token_is(struct token token, const char *text);

/* Returns true if the text looks like one of our tokens of this kind. */
bool token_has_kind(const char *text, enum token_kind kind);
