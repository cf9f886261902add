#include "authorizer.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"

void authorizer_init(struct authorizer *a, struct component *component, const char *component_appid,
                     const char *appid, uint64_t seed)
{
    static const int usual[] = {1, 15, 4, 7, 2, 3, 11}; /* an order as recorded: not sorted */
    *a = (struct authorizer){.component = component, .scope_count = COUNT_OF(usual)};
    memcpy(a->scopes, usual, sizeof(usual));
    (void)snprintf(a->name, sizeof(a->name), "%.*s/%.*s", APPID_MAX, component_appid, APPID_MAX,
                   appid);
    a->appid = strchr(a->name, '/') + 1;
    a->origin = token_origin(seed, a->name);
    a->refresh = (struct issues){.kind = TOKEN_REFRESH, .origin = a->origin};
    a->access = (struct issues){.kind = TOKEN_ACCESS, .origin = a->origin};
}

static void issue_refresh_token(struct authorizer *a, int64_t now_ms, uint32_t len)
{
    struct order order = {.now_ms = now_ms, .lifetime_ms = ISSUE_FOREVER_MS, .len = len};
    (void)issues_next(&a->refresh, order);
}

void authorizer_authorize(struct authorizer *a, int64_t now_ms)
{
    if (a->status == STATUS_AUTHORIZED)
        return;
    a->status = STATUS_AUTHORIZED;
    a->authorization++;
    a->authorized_at_ms = now_ms;
    issue_refresh_token(a, now_ms, 0);
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
    struct token token = {.kind = TOKEN_CODE, .origin = a->origin, .serial = ++a->codes};
    struct code code = {
        .authorizer = a,
        .authorization = a->authorization,
        .expires_at_ms = expires_at_ms,
    };
    token_spell(code.text, token);
    return code;
}

static void issue_grant(struct authorizer *a, struct grant *grant, const struct terms *terms)
{
    struct order order = {
        .now_ms = terms->now_ms,
        .lifetime_ms = ISSUE_LIFETIME_MS,
        .len = terms->access_len,
    };
    *grant = (struct grant){.refresh = authorizer_refresh_token(a)};
    if (a->permission == API_PERMITTED)
        grant->access = issues_next(&a->access, order);
}

static bool wants_new_refresh_token(const struct code *code, const struct terms *terms)
{
    if (terms->refresh_len)
        return true;
    if (code->spent && terms->replay == REPLAY_NEW_PAIR)
        return true;
    return terms->rotation == REFRESH_ROTATES && code->authorizer->knowledge == REFRESH_KNOWN;
}

int code_exchange(struct code *code, struct grant *grant, const struct terms *terms)
{
    struct authorizer *a = code->authorizer;
    if (code->authorization != a->authorization)
        return 61009;
    if (terms->now_ms >= code->expires_at_ms)
        return 61010;
    if (code->spent && terms->replay == REPLAY_REFUSED)
        return 61009;

    if (wants_new_refresh_token(code, terms))
        issue_refresh_token(a, terms->now_ms, terms->refresh_len);
    code->spent = true;
    a->knowledge = REFRESH_KNOWN;
    issue_grant(a, grant, terms);
    return 0;
}

int authorizer_refresh(struct authorizer *a, struct grant *grant, const char *refresh_token,
                       const struct terms *terms)
{
    if (a->status != STATUS_AUTHORIZED)
        return 61003;
    enum issue_state state = issues_judge(&a->refresh, refresh_token, terms->now_ms);
    if (state != ISSUE_LATEST && state != ISSUE_OVERLAPPING)
        return 61023;
    if (a->permission == API_NOT_PERMITTED)
        return 61007;

    if (terms->rotation == REFRESH_ROTATES || terms->refresh_len)
        issue_refresh_token(a, terms->now_ms, terms->refresh_len);
    issue_grant(a, grant, terms);
    return 0;
}

struct token authorizer_refresh_token(const struct authorizer *a)
{
    return a->knowledge == REFRESH_KNOWN ? issues_last(&a->refresh) : (struct token){0};
}
