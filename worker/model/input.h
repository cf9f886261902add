/*
 * What a record asks for, decoded: an authorisation change (WeChat's push, or the redirect behind it) or a refresh.
 *
 * Strings are views; whoever hands one over says how long they live. Sources of the members: contract, "Events"; WeChat's push of
 * authorisation changes (AuthorizationCodeExpiredTime is an absolute unix second, not a span).
 */
#pragma once

#include "model/appid.h"

enum { DIGEST_BYTES = 32 }; /* SHA-256 */

/* 64 bytes of code are usual, 102 recorded; more than this is no code. */
enum { CODE_LEN_MAX = 1024 };

enum input_kind {
#define INPUT(KIND, name, topic, meaning) INPUT_##KIND,
#include "model/inputs.def"
#undef INPUT
};

/* How many there are. */
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
    INFO_OTHER, /* done and counted */
};

struct input {
    enum input_kind kind;
    struct appid component;
    struct appid authorizer; /* may be unknown where there is a code */
    struct str traceparent;  /* at == NULL: none */

    /* refresh-due */
    int64_t version; /* the version that is due; -1: not said */

    /* authorization-changed */
    enum info_type info_type;
    struct str code; /* secret; empty for `unauthorized` */
    uint8_t code_digest[DIGEST_BYTES];
    int64_t code_expires_s; /* unix time; always set where there is a code */
    int64_t create_time_s;  /* unix time; always set but for INFO_OTHER */
};

/* The event's name: its topic's default, and the middle of its CloudEvents type. */
struct str input_name(enum input_kind kind);
