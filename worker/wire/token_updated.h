/*
 * Encodes a row as token-updated: key, CloudEvents headers in binary mode, and JSON value, as
 * proto/README.md describes them.
 */
#pragma once

#include "base/arena.h"
#include "model/authorizer.h"
#include "model/message.h"

enum { TOKEN_UPDATED_BYTES_MAX = 6 * TOKEN_LEN_MAX + 12 * SCOPES_MAX + 2048 };

struct token_updated {
    struct appid component;
    const struct authorizer *row; /* a row that exists */
    bool includes_access_token;   /* the setting token_updated.include_access_token */
};

/* Encodes the event. Everything in *message lives in `into`; TOKEN_UPDATED_BYTES_MAX bytes are
 * enough. The caller sets the topic. */
void token_updated_encode(struct message *message, struct arena *into,
                          const struct token_updated *event);
