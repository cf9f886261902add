/*
 * A row of wxtoken.authorizer, as read or as just written.
 *
 * Strings and scopes are views; the function that hands a row over says how long they live.
 * `writer` is the random number of the process that last wrote the row, and `cause` is the origin
 * of that change. A row that another program inserted has neither.
 */
#pragma once

#include "model/appid.h"
#include "model/input.h"
#include "model/origin.h"

/* WeChat's tokens: 157 bytes were recorded, 512 are advised for storage, and we accept at most
 * 4,096. */
enum { TOKEN_LEN_MAX = 4096, SCOPES_MAX = 256 };

/* The length of a W3C trace context, version 00. */
enum { TRACEPARENT_LEN = 55 };

/* The most that one row, or one answer, takes in an arena: three tokens, the scopes and some
 * names. */
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

/* The version of a row that does not exist. A write based on it inserts the row. */
enum { VERSION_ABSENT = -1 };

struct authorizer {
    struct appid authorizer;
    enum authorizer_status status;
    int64_t version;          /* VERSION_ABSENT: no row exists, and all below is empty */
    struct str access_token;  /* secret; at == NULL: null */
    struct str refresh_token; /* secret; at == NULL: null */
    int64_t expires_at_s;     /* unix time; 0: null */
    int64_t authorized_at_s;  /* unix time; 0: null */
    struct scopes scopes;
    bool has_digest;
    uint8_t code_digest[DIGEST_BYTES]; /* of the code that was exchanged last */
    uint64_t writer;                   /* 0: none */
    struct origin cause;               /* topic.at == NULL: none */
    struct str traceparent;            /* of the cause; at == NULL: none */
    int64_t updated_at_us;             /* unix time in microseconds */
    int64_t sent_at_s; /* unix time when the call that brought the token was sent; 0: none */
    int64_t
        late_until_s; /* unix time until when a lost call may still act at WeChat; 0: none may */
};

static inline bool authorizer_exists(const struct authorizer *row)
{
    return row->version != VERSION_ABSENT;
}

/* Returns the word for a status in wxtoken.authorizer and in token-updated. */
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
