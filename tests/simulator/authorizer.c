#include "authorizer.h"

#include <stdio.h>
#include <string.h>

void authorizer_init(struct authorizer *a, struct component *component, const char *component_appid,
                     const char *appid, uint64_t seed)
{
    static const int usual[] = {1, 15, 4, 7, 2, 3, 11}; /* an order as recorded: not sorted */
    *a = (struct authorizer){.component = component, .scope_count = sizeof(usual) / sizeof(*usual)};
    memcpy(a->scopes, usual, sizeof(usual));
    (void)snprintf(a->name, sizeof(a->name), "%.*s/%.*s", APPID_MAX, component_appid, APPID_MAX,
                   appid);
    a->appid = strchr(a->name, '/') + 1;
    a->origin = token_origin(seed, a->name);
}

void authorizer_authorize(struct authorizer *a, int64_t now_ms)
{
    if (a->status == STATUS_AUTHORIZED)
        return;
    a->status = STATUS_AUTHORIZED;
    a->authorization++;
    a->authorized_at_ms = now_ms;
    (void)issues_next(&a->refresh, now_ms, ISSUE_FOREVER_MS);
}

void authorizer_adopt(struct authorizer *a, int64_t now_ms)
{
    authorizer_authorize(a, now_ms);
    a->knowledge = REFRESH_KNOWN;
}

void authorizer_unauthorize(struct authorizer *a)
{
    a->status = STATUS_UNAUTHORIZED;
    a->authorization++;
    a->knowledge = REFRESH_UNKNOWN;
    issues_bury(&a->refresh);
    issues_bury(&a->access);
}

struct code authorizer_make_code(struct authorizer *a, int64_t expires_at_ms)
{
    return (struct code){
        .token = token_make(TOKEN_CODE, a->origin, ++a->codes),
        .authorizer = a,
        .authorization = a->authorization,
        .expires_at_ms = expires_at_ms,
    };
}

static void issue_grant(struct authorizer *a, struct grant *grant, int64_t now_ms)
{
    grant->refresh = authorizer_refresh_token(a);
    grant->access.text[0] = '\0';
    if (a->permission == API_NOT_PERMITTED)
        return;
    uint64_t serial = issues_next(&a->access, now_ms, ISSUE_LIFETIME_MS);
    grant->access = token_make(TOKEN_ACCESS, a->origin, serial);
}

int code_exchange(struct code *code, struct grant *grant, enum rotation rotation, int64_t now_ms)
{
    struct authorizer *a = code->authorizer;
    if (code->spent || code->authorization != a->authorization)
        return 61009;
    if (now_ms >= code->expires_at_ms)
        return 61010;

    code->spent = true;
    if (rotation == REFRESH_ROTATES && a->knowledge == REFRESH_KNOWN)
        (void)issues_next(&a->refresh, now_ms, ISSUE_FOREVER_MS);
    a->knowledge = REFRESH_KNOWN;
    issue_grant(a, grant, now_ms);
    return 0;
}

int authorizer_refresh(struct authorizer *a, struct grant *grant, const char *refresh_token,
                       enum rotation rotation, int64_t now_ms)
{
    if (a->status != STATUS_AUTHORIZED)
        return 61003;
    enum issue_state state = issues_judge(&a->refresh, refresh_token, TOKEN_REFRESH, a->origin,
                                          now_ms);
    if (state != ISSUE_LATEST && state != ISSUE_OVERLAPPING)
        return 61023;
    if (a->permission == API_NOT_PERMITTED)
        return 61007;

    if (rotation == REFRESH_ROTATES)
        (void)issues_next(&a->refresh, now_ms, ISSUE_FOREVER_MS);
    issue_grant(a, grant, now_ms);
    return 0;
}

struct token authorizer_refresh_token(const struct authorizer *a)
{
    if (a->knowledge == REFRESH_UNKNOWN)
        return (struct token){.text = ""};
    return token_make(TOKEN_REFRESH, a->origin, a->refresh.last);
}

struct token authorizer_access_token(const struct authorizer *a)
{
    if (a->access.last == 0)
        return (struct token){.text = ""};
    return token_make(TOKEN_ACCESS, a->origin, a->access.last);
}
