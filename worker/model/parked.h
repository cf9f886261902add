/*
 * The knowledge of a job as wxtoken.parked holds it, next to the record: all that another process
 * needs to go on.
 *
 * A row is unique by origin. Each claim and each parking changes the `revision` of the row. A
 * process deletes the row by the revision that it claimed, so nobody deletes a debt that another
 * process has added since. Of a secret, only a hash is held. Units: unix time in ms or µs.
 */
#pragma once

#include "model/authorizer.h"
#include "model/wechat.h"

enum { INQUIRY_NEVER = -2 };

/* A parked record that serves no refresh of its authorizer. */
enum { SERVES_NONE = -2 };

/* The state of an inquiry; see handlers/inquiry.h. */
struct inquiry {
    /* The version of the row for which WeChat reported no other token. INQUIRY_NEVER: none. */
    int64_t exhausted_version;
    int64_t exhausted_at_ms; /* when WeChat first reported no other token */
    uint64_t refused_token;  /* hash of the refresh token that was refused last; 0: none */
    int64_t search_until_ms; /* until when the row of the code is looked for; 0: it is not */
    int32_t errcode;         /* of the refusal that led to the inquiry; 0: none */
    struct rid rid;          /* of the same refusal */
};

struct parked {
    /* From the row, if it was claimed. */
    int64_t revision;     /* 0: the record came from Kafka */
    int64_t parked_at_us; /* when it was first parked, by the database's clock */

    int64_t first_seen_ms;
    int64_t failing_since_ms; /* 0: no try has failed, or a gate has held the job up since */
    uint32_t tries;           /* that have failed */
    bool owes;                /* a call may have acted, and no row is known to hold its result */
    struct appid authorizer;  /* if it is known; the record may not name it */
    bool code_has_answered;
    struct inquiry inquiry;
    int64_t late_until_s; /* until when a lost call of the job may still act; 0: none may */
    bool is_late_debt;    /* the record is done but for one more refresh after that */
    /* Since when WeChat's word that the account has withdrawn is not believed; 0: it is. */
    int64_t doubted_since_ms;
    /* A refresh that will call while the row has this version; -1: any version. Other refreshes of
     * the authorizer need not wait as well. */
    int64_t serves_version;
};
