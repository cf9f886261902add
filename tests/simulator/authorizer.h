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
    struct token token;
    struct authorizer *authorizer;
    uint64_t authorization; /* the one it belongs to */
    int64_t expires_at_ms;
    bool spent;
};

/* The tokens of one answer. */
struct grant {
    struct token refresh;
    struct token access; /* empty text: no API permission */
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

/* 61009 spent or of an authorisation that ended, 61010 too late. */
int code_exchange(struct code *code, struct grant *grant, enum rotation rotation, int64_t now_ms);

/* 61003 not authorised, 61023 not its refresh token, 61007 no API permission. */
int authorizer_refresh(struct authorizer *a, struct grant *grant, const char *refresh_token,
                       enum rotation rotation, int64_t now_ms);

/* "" while it is unknown. */
struct token authorizer_refresh_token(const struct authorizer *a);

/* The access token issued last; "" if none ever was. */
struct token authorizer_access_token(const struct authorizer *a);
