/*
 * An input: a decoded record. It is an authorisation change (WeChat's push, or the redirect of the
 * same authorisation) or a refresh.
 *
 * Strings are views; the function that hands an input over says how long they live. Sources of the
 * members: proto/README.md, and WeChat's push of authorisation changes
 * (AuthorizationCodeExpiredTime is an absolute unix second, not a span).
 */
#pragma once

#include "model/appid.h"

enum { DIGEST_BYTES = 32 }; /* SHA-256 */

/* A code usually has 64 bytes; 102 were recorded. A longer text than this is not a code. */
enum { CODE_LEN_MAX = 1024 };

enum input_kind {
#define INPUT(KIND, name, topic, meaning) INPUT_##KIND,
#include "model/inputs.def"
#undef INPUT
};

/* The number of kinds. */
enum {
    INPUT_KINDS =
#define INPUT(KIND, name, topic, meaning) 1 +
#include "model/inputs.def"
#undef INPUT
        0
};

enum info_type {
    INFO_AUTHORIZED,
    INFO_UPDATEAUTHORIZED,
    INFO_UNAUTHORIZED,
    INFO_OTHER, /* another type of push: done at once, and logged */
};

struct input {
    enum input_kind kind;
    struct appid component;
    struct appid authorizer; /* may be unknown if there is a code */
    struct str traceparent;  /* at == NULL: none */

    /* refresh-due */
    int64_t version; /* the version that is due; -1: the event does not say */

    /* authorization-changed */
    enum info_type info_type;
    struct str code; /* secret; empty for `unauthorized` */
    uint8_t code_digest[DIGEST_BYTES];
    int64_t code_expires_s; /* unix time; always set if there is a code */
    int64_t create_time_s;  /* unix time; always set, except for INFO_OTHER */
};

/* Returns the event's name: the default name of its topic, and the middle of its CloudEvents
 * type. */
struct str input_name(enum input_kind kind);
