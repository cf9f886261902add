#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control_input.h"
#include "control_routes.h"

enum { CODE_TTL_S = 3600, AUTHORIZERS_MAX = 200000 };

bool control_component(struct simulator *s, struct text *out, struct json_object *in,
                       struct text *error)
{
    const char *appid = NULL;
    const char *token = NULL;
    const char *secret = NULL;
    int64_t lifetime_s = ISSUE_LIFETIME_MS / 1000;
    int64_t overlap_s = ISSUE_OVERLAP_MS / 1000;
    if (!input_appid(&appid, in, "component_appid", error) ||
        !input_text(&token, in, "component_access_token", COMPONENT_TOKEN_MAX, error) ||
        !input_text(&secret, in, "component_appsecret", SECRET_MAX, error) ||
        !input_number(&lifetime_s, in, "expires_in", (struct range){0, 1000000}, error) ||
        !input_number(&overlap_s, in, "overlap_s", (struct range){0, 1000000}, error))
        return false;
    struct component *c = world_add_component(&s->world, appid);
    if (!c) {
        text_add(error, "there are %d components already", COMPONENTS_MAX);
        return false;
    }

    if (secret)
        (void)snprintf(c->secret, sizeof(c->secret), "%s", secret);
    component_renew_token(c, token, simulator_now_ms(s), lifetime_s * 1000, overlap_s * 1000);
    text_add(out, "{\"component_appid\":\"%s\",\"component_access_token\":", c->appid);
    text_add_quoted(out, c->now.text);
    text_add(out, ",\"expires_in\":%" PRId64 "}", lifetime_s);
    return true;
}

bool control_authorizers(struct simulator *s, struct text *out, struct json_object *in,
                         struct text *error)
{
    enum { DIGITS_MAX = 6 };
    struct component *c = NULL;
    const char *prefix = NULL;
    int64_t count = 1;
    if (!input_component(&c, in, s, error) || !input_appid(&prefix, in, "prefix", error) ||
        !input_number(&count, in, "count", (struct range){0, AUTHORIZERS_MAX}, error))
        return false;
    if (strlen(prefix) > APPID_MAX - DIGITS_MAX) {
        text_add(error, "member \"prefix\" is too long");
        return false;
    }

    text_add(out, "{\"authorizers\":[");
    for (int64_t i = 0; i < count; i++) {
        char appid[APPID_MAX + 32];
        (void)snprintf(appid, sizeof(appid), "%s%05" PRId64, prefix, i);
        struct authorizer *a = world_add_authorizer(&s->world, c, appid);
        authorizer_adopt(a, simulator_now_ms(s));
        text_add(out, "%s{\"authorizer_appid\":\"%s\",\"authorizer_refresh_token\":\"",
                 i ? "," : "", a->appid);
        token_write(out, authorizer_refresh_token(a));
        text_add(out, "\"}");
    }
    text_add(out, "]}");
    return true;
}

/* What a merchant agrees to. */
struct consent {
    struct json_object *scopes; /* NULL: as before */
    bool api_permission;
    int64_t code_ttl_s;
};

static void authorize_one(struct simulator *s, struct text *out, struct authorizer *a,
                          const struct consent *consent)
{
    int64_t now_ms = simulator_now_ms(s);
    bool is_update = a->status == STATUS_AUTHORIZED;
    authorizer_authorize(a, now_ms);
    a->permission = consent->api_permission ? API_PERMITTED : API_NOT_PERMITTED;
    if (consent->scopes)
        input_scopes(a, consent->scopes);
    int64_t expires_at_s = now_ms / 1000 + consent->code_ttl_s;
    struct code *code = world_add_code(&s->world, authorizer_make_code(a, expires_at_s * 1000));
    text_add(out, "{\"authorizer_appid\":\"%s\",\"authorization_code\":\"%s\",", a->appid,
             code->text);
    text_add(out, "\"authorization_code_expired_time\":%" PRId64 ",\"create_time\":%" PRId64,
             expires_at_s, now_ms / 1000);
    text_add(out, ",\"info_type\":\"%s\"}", is_update ? "updateauthorized" : "authorized");
}

bool control_authorize(struct simulator *s, struct text *out, struct json_object *in,
                       struct text *error)
{
    struct component *c = NULL;
    struct json_object *appids = NULL;
    struct consent consent = {.api_permission = true, .code_ttl_s = CODE_TTL_S};
    if (!input_component(&c, in, s, error) || !input_appids(&appids, in, error) ||
        !input_scope_list(&consent.scopes, in, error) ||
        !input_flag(&consent.api_permission, in, "api_permission", error) ||
        !input_number(&consent.code_ttl_s, in, "code_ttl_s", (struct range){0, 1000000}, error))
        return false;

    text_add(out, "{\"authorizations\":[");
    for (size_t i = 0; i < json_object_array_length(appids); i++) {
        const char *appid = json_object_get_string(json_object_array_get_idx(appids, i));
        text_add(out, "%s", i ? "," : "");
        authorize_one(s, out, world_add_authorizer(&s->world, c, appid), &consent);
    }
    text_add(out, "]}");
    return true;
}

bool control_unauthorize(struct simulator *s, struct text *out, struct json_object *in,
                         struct text *error)
{
    struct component *c = NULL;
    struct json_object *appids = NULL;
    if (!input_component(&c, in, s, error) || !input_appids(&appids, in, error))
        return false;

    for (size_t i = 0; i < json_object_array_length(appids); i++) {
        const char *appid = json_object_get_string(json_object_array_get_idx(appids, i));
        authorizer_unauthorize(world_add_authorizer(&s->world, c, appid));
    }
    text_add(out, "{\"create_time\":%" PRId64 "}", simulator_now_ms(s) / 1000);
    return true;
}
