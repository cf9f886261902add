/*
 * struct authorizer: one account in its relation to one component, by WeChat's rules.
 *
 * A function that can refuse returns an errcode of WeChat; 0 means done, and outputs change only
 * then. A refresh token belongs to an authorisation and ends with it. A merchant who authorises
 * again has another refresh token, which stays unknown until a code of that authorisation is
 * exchanged. Times are unix milliseconds. Ownership: the world owns all of them and frees none
 * before its own end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "issues.h"
#include "report.h"

enum { APPID_MAX = 64, SCOPES_MAX = 64 };

enum rotation { REFRESH_STABLE, REFRESH_ROTATES };

/* What a code that was already exchanged is worth until it expires. WeChat does not say, so a test
 * can choose. */
enum replay {
    REPLAY_REFUSED,    /* 61009 */
    REPLAY_NEW_ACCESS, /* a new access token and the same refresh token */
    REPLAY_NEW_PAIR,   /* a new access token and a new refresh token */
};

enum status { STATUS_NEVER, STATUS_AUTHORIZED, STATUS_UNAUTHORIZED };
enum permission { API_PERMITTED, API_NOT_PERMITTED };
enum knowledge { REFRESH_UNKNOWN, REFRESH_KNOWN };

struct component;

struct authorizer {
    char name[2 * APPID_MAX + 2]; /* "component_appid/authorizer_appid" */
    const char *appid;            /* authorizer_appid, inside name */
    struct component *component;
    uint64_t origin;
    enum status status;
    enum knowledge knowledge; /* whether anybody was ever given the refresh token */
    enum permission permission;
    uint64_t authorization; /* how often the status has changed */
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

/* The rules by which a call is answered, and what it is answered with. */
struct terms {
    int64_t now_ms;
    enum rotation rotation;
    enum replay replay;
    uint32_t access_len;  /* bytes of the next access token; 0: the usual length */
    uint32_t refresh_len; /* bytes of a new refresh token; 0: it stays as it is */
};

/* Fills in a new account; both appids are valid. */
void authorizer_init(struct authorizer *a, struct component *component, const char *component_appid,
                     const char *appid, uint64_t seed);

/* The merchant authorises. If the account is authorised already, this changes no token. */
void authorizer_authorize(struct authorizer *a, int64_t now_ms);

/* Makes it an account from before: authorised, its refresh token known. */
void authorizer_adopt(struct authorizer *a, int64_t now_ms);
void authorizer_unauthorize(struct authorizer *a);

/* Returns a new code of the authorisation in force. */
struct code authorizer_make_code(struct authorizer *a, int64_t expires_at_ms);

/* Refuses with 61009 a code of an ended authorisation, with 61010 an expired code, and with 61009 a
 * spent code if the terms refuse replays. */
int code_exchange(struct code *code, struct grant *grant, const struct terms *terms);

/* Refuses with 61003 if not authorised, 61023 if this is not its refresh token, 61007 if it has no
 * API permission. */
int authorizer_refresh(struct authorizer *a, struct grant *grant, const char *refresh_token,
                       const struct terms *terms);

/* The refresh token; without text while it is unknown. */
struct token authorizer_refresh_token(const struct authorizer *a);
