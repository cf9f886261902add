/*
 * struct authorizer: one account towards one component, by WeChat's rules. Functions that can be
 * refused return an errcode of WeChat, 0 for done; outputs change only then.
 * A refresh token belongs to an authorisation: it dies with it, and whoever authorises again has
 * another one, which stays unknown until a code of that authorisation was exchanged.
 * Times are unix milliseconds. Owned by the world, never freed before it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "issues.h"
#include "report.h"

enum { APPID_MAX = 64, SCOPES_MAX = 64 };

enum rotation { REFRESH_STABLE, REFRESH_ROTATES };

/* What a code that was exchanged already is worth, as long as it has not expired: WeChat does not
 * say, so each may be. */
enum replay {
    REPLAY_REFUSED,    /* 61009 */
    REPLAY_NEW_ACCESS, /* a new access token beside the refresh token as it is */
    REPLAY_NEW_PAIR,   /* a new access token and a new refresh token */
};

enum status { STATUS_NEVER, STATUS_AUTHORIZED, STATUS_UNAUTHORIZED };
enum permission { API_PERMITTED, API_NOT_PERMITTED };
enum knowledge { REFRESH_UNKNOWN, REFRESH_KNOWN };

struct component;

struct authorizer {
    char name[2 * APPID_MAX + 2]; /* "component_appid/authorizer_appid" */
    const char *appid;            /* the latter, within name */
    struct component *component;
    uint64_t origin;
    enum status status;
    enum knowledge knowledge; /* whether the refresh token was ever told */
    enum permission permission;
    uint64_t authorization; /* how many times the status changed */
    int64_t authorized_at_ms;
    struct issues refresh;
    struct issues access;
    uint64_t codes;
    int scopes[SCOPES_MAX];
    size_t scope_count;
    struct record record;
};

struct code {
    char text[TOKEN_ROOM];
    struct authorizer *authorizer;
    uint64_t authorization; /* the one it belongs to */
    int64_t expires_at_ms;
    bool spent;
};

/* The tokens of one answer. */
struct grant {
    struct token refresh;
    struct token access; /* without text: no API permission */
};

/* By which rules, and with what, a call is answered. */
struct terms {
    int64_t now_ms;
    enum rotation rotation;
    enum replay replay;
    uint32_t access_len;  /* bytes of the next access token; 0: the usual */
    uint32_t refresh_len; /* … of the refresh token, which is a new one then; 0: as it is */
};

/* Fills in a new account; both appids are valid. */
void authorizer_init(struct authorizer *a, struct component *component, const char *component_appid,
                     const char *appid, uint64_t seed);

/* The merchant authorises, or authorises anew what is authorised: the latter changes no token. */
void authorizer_authorize(struct authorizer *a, int64_t now_ms);

/* An account from before: authorised, its refresh token known. */
void authorizer_adopt(struct authorizer *a, int64_t now_ms);
void authorizer_unauthorize(struct authorizer *a);

/* A new code of the authorisation in force. */
struct code authorizer_make_code(struct authorizer *a, int64_t expires_at_ms);

/* 61009 of an authorisation that ended, 61010 too late, 61009 spent if the terms refuse replays. */
int code_exchange(struct code *code, struct grant *grant, const struct terms *terms);

/* 61003 not authorised, 61023 not its refresh token, 61007 no API permission. */
int authorizer_refresh(struct authorizer *a, struct grant *grant, const char *refresh_token,
                       const struct terms *terms);

/* Without text while it is unknown. */
struct token authorizer_refresh_token(const struct authorizer *a);
