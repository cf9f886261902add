/*
 * A record laid aside in wxtoken.parked, and what its job has come to know: all that another process needs to go on.
 *
 * Unique by origin. Each taking and each parking gives the row another `revision`; whoever deletes it says which one it
 * took, so that nobody deletes a debt that another has added since. Secrets are hashed. Units: unix time in ms or µs.
 */
#pragma once

#include "model/authorizer.h"
#include "model/wechat.h"

struct parked {
    /* Of a row that was taken. */
    int64_t revision;     /* 0: the record came from Kafka */
    int64_t parked_at_us; /* for the first time, by the database's clock */

    int64_t first_seen_ms;
    int64_t failing_since_ms; /* 0: nothing of its own has failed, or a gate held it up since */
    uint32_t tries;           /* failed ones */
    bool owes; /* a call of it may have acted, and no row is known to hold what came of that */
    struct appid authorizer; /* as it is known by now */

    /* What its handler remembers. */
    bool code_has_answered;
    int64_t
        vain_version; /* WeChat was asked in vain about this version of the row; PARKED_NEVER: it was not */
    int64_t vain_at_ms;      /* when */
    uint64_t refused_token;  /* hash of the refresh token that was refused on it; 0: none */
    int64_t search_until_ms; /* a digest is looked for until then; 0: it is not */
    int32_t errcode;         /* of the refusal that led to it; 0: none */
    struct rid rid;
};

enum { PARKED_NEVER = -2 };
