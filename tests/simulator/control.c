#include "control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control_input.h"

enum { CODE_TTL_S = 3600, AUTHORIZERS_MAX = 200000, ADVANCE_S_MAX = 10 * 366 * 86400 };

/* Reads in, changes s, adds to out; or adds the reason to error and returns false. */
typedef bool control_function(struct simulator *s, struct text *out, struct json_object *in,
                              struct text *error);

static bool control_component(struct simulator *s, struct text *out, struct json_object *in,
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

static bool control_authorizers(struct simulator *s, struct text *out, struct json_object *in,
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
        text_add(out, "%s{\"authorizer_appid\":\"%s\",\"authorizer_refresh_token\":\"%s\"}",
                 i ? "," : "", a->appid, authorizer_refresh_token(a).text);
    }
    text_add(out, "]}");
    return true;
}

/* What a merchant consents to. */
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
             code->token.text);
    text_add(out, "\"authorization_code_expired_time\":%" PRId64 ",\"create_time\":%" PRId64,
             expires_at_s, now_ms / 1000);
    text_add(out, ",\"info_type\":\"%s\"}", is_update ? "updateauthorized" : "authorized");
}

static bool control_authorize(struct simulator *s, struct text *out, struct json_object *in,
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

static bool control_unauthorize(struct simulator *s, struct text *out, struct json_object *in,
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

static bool control_add_fault(struct simulator *s, struct text *out, struct json_object *in,
                              struct text *error)
{
    struct fault fault;
    if (!input_fault(&fault, in, error))
        return false;
    if (!faults_add(&s->faults, &fault)) {
        text_add(error, "there are %d faults already", FAULTS_MAX);
        return false;
    }
    text_add(out, "{\"faults\":%zu}", s->faults.count);
    return true;
}

static bool control_clear_faults(struct simulator *s, struct text *out, struct json_object *in,
                                 struct text *error)
{
    (void)in;
    (void)error;
    faults_clear(&s->faults);
    text_add(out, "{\"faults\":0}");
    return true;
}

static bool control_latency(struct simulator *s, struct text *out, struct json_object *in,
                            struct text *error)
{
    int64_t latency_ms = s->latency_ms;
    int64_t jitter_ms = 0;
    if (!input_number(&latency_ms, in, "ms", (struct range){0, 60000}, error) ||
        !input_number(&jitter_ms, in, "jitter_ms", (struct range){0, 60000}, error))
        return false;
    s->latency_ms = latency_ms;
    s->jitter_ms = jitter_ms;
    text_add(out, "{\"ms\":%" PRId64 ",\"jitter_ms\":%" PRId64 "}", latency_ms, jitter_ms);
    return true;
}

static bool control_clock(struct simulator *s, struct text *out, struct json_object *in,
                          struct text *error)
{
    int64_t advance_s = 0;
    if (!input_number(&advance_s, in, "advance_s", (struct range){0, ADVANCE_S_MAX}, error))
        return false;
    s->skew_ms += advance_s * 1000;
    text_add(out, "{\"now\":%" PRId64 "}", simulator_now_ms(s) / 1000);
    return true;
}

static bool control_token_state(struct simulator *s, struct text *out, struct json_object *in,
                                struct text *error)
{
    static const char *const names[] = {
        [ISSUE_LATEST] = "latest",         [ISSUE_OVERLAPPING] = "overlapping",
        [ISSUE_SUPERSEDED] = "superseded", [ISSUE_EXPIRED] = "expired",
        [ISSUE_UNKNOWN] = "unknown",
    };
    struct component *c = NULL;
    const char *appid = NULL;
    const char *token = NULL;
    if (!input_component(&c, in, s, error) || !input_appid(&appid, in, "authorizer_appid", error) ||
        !input_text(&token, in, "authorizer_access_token", COMPONENT_TOKEN_MAX, error))
        return false;
    const struct authorizer *a = world_find_authorizer(&s->world, c, appid);
    enum issue_state state = ISSUE_UNKNOWN;
    if (a && token)
        state = issues_judge(&a->access, token, TOKEN_ACCESS, a->origin, simulator_now_ms(s));
    text_add(out, "{\"state\":\"%s\"}", names[state]);
    return true;
}

static void write_tokens(struct text *out, const struct authorizer *a)
{
    struct token access = authorizer_access_token(a);
    struct token refresh = authorizer_refresh_token(a);
    text_add(out, "{\"component_appid\":\"%.*s\",\"authorizer_appid\":\"%s\"",
             (int)(a->appid - a->name - 1), a->name, a->appid);
    text_add(out, ",\"authorizer_access_token\":");
    text_add_quoted(out, access.text[0] ? access.text : NULL);
    text_add(out, ",\"authorizer_refresh_token\":");
    text_add_quoted(out, refresh.text[0] ? refresh.text : NULL);
    text_add(out, ",\"status\":\"%s\",\"issued\":%" PRIu64 "}\n",
             a->status == STATUS_AUTHORIZED ? "authorized" : "unauthorized", a->access.last);
}

static bool control_tokens(struct simulator *s, struct text *out, struct json_object *in,
                           struct text *error)
{
    (void)in;
    (void)error;
    for (size_t i = 0; i < s->world.component_count; i++)
        for (size_t j = 0; j < s->world.components[i]->authorizer_count; j++)
            write_tokens(out, s->world.components[i]->authorizers[j]);
    return true;
}

static void write_record(struct text *out, const struct authorizer *a, const char *comma)
{
    text_add(out, "%s{\"component_appid\":\"%.*s\",\"authorizer_appid\":\"%s\"", comma,
             (int)(a->appid - a->name - 1), a->name, a->appid);
    text_add(out, ",\"calls\":%" PRIu64 ",\"in_flight_max\":%u}", a->record.calls,
             a->record.in_flight_max);
}

static bool control_report(struct simulator *s, struct text *out, struct json_object *in,
                           struct text *error)
{
    (void)in;
    (void)error;
    text_add(out, "{");
    report_write(&s->report, out);
    text_add(out, ",\"authorizers\":[");
    const char *comma = "";
    for (size_t i = 0; i < s->world.component_count; i++) {
        const struct component *c = s->world.components[i];
        for (size_t j = 0; j < c->authorizer_count; j++, comma = ",")
            write_record(out, c->authorizers[j], comma);
    }
    text_add(out, "]}\n");
    return true;
}

struct route {
    const char *method;
    const char *path;
    control_function *answer;
};

static const struct route routes[] = {
    {"POST", "/simulator/component", control_component},
    {"POST", "/simulator/authorizers", control_authorizers},
    {"POST", "/simulator/authorize", control_authorize},
    {"POST", "/simulator/unauthorize", control_unauthorize},
    {"POST", "/simulator/faults", control_add_fault},
    {"DELETE", "/simulator/faults", control_clear_faults},
    {"POST", "/simulator/latency", control_latency},
    {"POST", "/simulator/clock", control_clock},
    {"POST", "/simulator/token_state", control_token_state},
    {"GET", "/simulator/tokens", control_tokens},
    {"GET", "/simulator/report", control_report},
};
enum { ROUTES = sizeof(routes) / sizeof(*routes) };

static const struct route *find_route(const struct request *request, unsigned *status)
{
    *status = 404;
    for (size_t i = 0; i < ROUTES; i++) {
        if (strcmp(routes[i].path, request->path) != 0)
            continue;
        *status = 405;
        if (strcmp(routes[i].method, request->method) == 0)
            return &routes[i];
    }
    return NULL;
}

bool control_has_path(const char *path)
{
    return strncmp(path, "/simulator/", strlen("/simulator/")) == 0;
}

static void refuse(struct reply *reply, unsigned status, const char *reason)
{
    reply->status = status;
    reply->body.len = 0;
    text_add(&reply->body, "{\"error\":");
    text_add_quoted(&reply->body, reason);
    text_add(&reply->body, "}");
}

void control_answer(struct reply *reply, struct simulator *s, const struct request *request)
{
    *reply = (struct reply){.status = 200, .content_type = "application/json"};
    unsigned status = 0;
    const struct route *route = find_route(request, &status);
    if (!route) {
        refuse(reply, status, status == 404 ? "no such path" : "no such method here");
        return;
    }
    struct json_object *in = input_parse(request->body, request->body_len);
    if (!in && strcmp(request->method, "POST") == 0) {
        refuse(reply, 400, "the body is no JSON object");
        return;
    }
    struct text error = {0};
    if (!route->answer(s, &reply->body, in, &error))
        refuse(reply, 400, error.at);
    if (route->answer == control_tokens)
        reply->content_type = "application/x-ndjson";
    text_done(&error);
    json_object_put(in);
}
