/*
 * A write to wxtoken.authorizer: every column that changes with a version, and the version that the
 * write is based on.
 *
 * The database refuses the write if the stored version is not `version_read` (or, for
 * VERSION_ABSENT, if a row exists). All values are the new ones, already decided: a token that
 * stays is written again. Views are borrowed.
 */
#pragma once

#include "model/authorizer.h"

struct change {
    struct appid component;
    struct appid authorizer;
    int64_t version_read;
    enum authorizer_status status;
    struct str access_token;  /* at == NULL: null */
    struct str refresh_token; /* at == NULL: null */
    int64_t expires_at_s;     /* 0: null */
    int64_t refresh_due_at_s; /* 0: null */
    struct scopes scopes;     /* at == NULL: null */
    int64_t authorized_at_s;  /* 0: null */
    bool has_digest;
    uint8_t code_digest[DIGEST_BYTES];
    int32_t last_errcode; /* 0: null */
    struct str last_rid;  /* at == NULL: null */
    struct origin cause;
    struct str traceparent; /* of the cause; at == NULL: none */
    uint64_t writer;
    int64_t sent_at_s;    /* of the call that brought the token; 0: null */
    int64_t late_until_s; /* until when a lost call may still act; 0: null */
};
