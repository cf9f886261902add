/*
 * A row of wxtoken.authorizer, as read or as just written, and the component's token that came with it.
 *
 * Strings and scopes are views: whoever hands one over says how long they live. `writer` is the random number of the
 * process that wrote the row last, `cause` the origin of that change; rows that other programs inserted have neither.
 */
#pragma once

#include "model/appid.h"
#include "model/input.h"
#include "model/origin.h"

/* WeChat's tokens: 157 bytes recorded, 512 advised for storage, 4,096 the most we take. */
enum { TOKEN_LEN_MAX = 4096, SCOPES_MAX = 256 };

/* W3C trace context, version 00. */
enum { TRACEPARENT_LEN = 55 };

/* What one row, or one answer, takes in an arena at the most: three tokens, the scopes and some names. */
enum { ROW_BYTES_MAX = 3 * TOKEN_LEN_MAX + 4 * SCOPES_MAX + 1024 };

enum authorizer_status {
    STATUS_AUTHORIZED,
    STATUS_UNAUTHORIZED,
    STATUS_REAUTHORIZATION_REQUIRED,
};

struct scopes {
    const int32_t *at; /* NULL: not known (SQL's null) */
    size_t count;
};

enum {
    VERSION_ABSENT = -1
}; /* "the row does not exist", where a write says on which version it stands */

struct authorizer {
    struct appid authorizer;
    enum authorizer_status status;
    int64_t version;          /* VERSION_ABSENT: there is no row, and all that follows is empty */
    struct str access_token;  /* secret; at == NULL: null */
    struct str refresh_token; /* secret; at == NULL: null */
    int64_t expires_at_s;     /* unix time; 0: null */
    int64_t authorized_at_s;  /* unix time; 0: null */
    struct scopes scopes;
    bool has_digest;
    uint8_t code_digest[DIGEST_BYTES]; /* of the code exchanged last */
    uint64_t writer;                   /* 0: none */
    struct origin cause;               /* topic.at == NULL: none */
    struct str traceparent;            /* of the cause; at == NULL: none */
    int64_t updated_at_us;             /* unix time in microseconds */
};

static inline bool authorizer_exists(const struct authorizer *row)
{
    return row->version != VERSION_ABSENT;
}

/* The word of the contract for a status. */
static inline struct str status_word(enum authorizer_status status)
{
    switch (status) {
    case STATUS_AUTHORIZED:
        return STR("authorized");
    case STATUS_UNAUTHORIZED:
        return STR("unauthorized");
    case STATUS_REAUTHORIZATION_REQUIRED:
        return STR("reauthorization_required");
    }
    return STR("");
}
