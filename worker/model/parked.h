/*
 * A record that is parked in wxtoken.parked, and what its job has come to know: all that another process needs to go on.
 *
 * Unique by origin. Each claiming and each parking gives the row another `revision`; whoever deletes it says which one it
 * claimed, so that nobody deletes a debt that another has added since. Secrets are hashed. Units: unix time in ms or µs.
 */
#pragma once

#include "model/authorizer.h"
#include "model/wechat.h"

enum { INQUIRY_NEVER = -2 };

/* What a handler remembers of asking WeChat for the refresh token that it has; see handlers/inquiry.h. */
struct inquiry {
    int64_t
        exhausted_version; /* of the row for which WeChat reported no other token; INQUIRY_NEVER: none */
    int64_t exhausted_at_ms; /* when it did so first */
    uint64_t refused_token;  /* hash of the refresh token refused last; 0: none */
    int64_t search_until_ms; /* a digest is looked for until then; 0: it is not */
    int32_t errcode;         /* of the refusal that led to it; 0: none */
    struct rid rid;          /* of the same refusal */
};

struct parked {
    /* Of a row that was claimed. */
    int64_t revision;     /* 0: the record came from Kafka */
    int64_t parked_at_us; /* for the first time, by the database's clock */

    int64_t first_seen_ms;
    int64_t failing_since_ms; /* 0: nothing of its own has failed, or a gate held it up since */
    uint32_t tries;           /* failed ones */
    bool owes; /* a call of it may have acted, and no row is known to hold what came of that */
    struct appid authorizer; /* as it is known now */
    bool code_has_answered;
    struct inquiry inquiry;
};
