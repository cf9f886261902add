#include <inttypes.h>
#include <string.h>

#include "base/count.h"
#include "control_input.h"
#include "control_routes.h"

static const char *state_name(enum issue_state state)
{
    static const char *const names[] = {
        [ISSUE_LATEST] = "latest",         [ISSUE_OVERLAPPING] = "overlapping",
        [ISSUE_SUPERSEDED] = "superseded", [ISSUE_EXPIRED] = "expired",
        [ISSUE_UNKNOWN] = "unknown",
    };
    return names[state];
}

bool control_token_state(struct simulator *s, struct text *out, struct json_object *in,
                         struct text *error)
{
    struct component *c = NULL;
    const char *appid = NULL;
    const char *token = NULL;
    if (!input_component(&c, in, s, error) || !input_appid(&appid, in, "authorizer_appid", error) ||
        !input_text(&token, in, "authorizer_access_token", TOKEN_LEN_MAX, error))
        return false;
    if (!token) {
        text_add(error, "member \"authorizer_access_token\" is missing");
        return false;
    }
    const struct authorizer *a = world_find_authorizer(&s->world, c, appid);
    enum issue_state state = ISSUE_UNKNOWN;
    if (a)
        state = issues_judge(&a->access, token, simulator_now_ms(s));
    text_add(out, "{\"state\":\"%s\"}", state_name(state));
    return true;
}

static void write_issues(struct text *out, const struct authorizer *a)
{
    text_add(out, "{\"authorizer_appid\":\"%s\",\"access_tokens\":[", a->appid);
    const char *comma = "";
    for (uint64_t n = issues_forgotten(&a->access) + 1; n <= a->access.last; n++, comma = ",") {
        const struct issue *issue = issues_find(&a->access, n);
        text_add(out, "%s{\"authorizer_access_token\":", comma);
        token_write_quoted(out, issues_token(&a->access, n));
        text_add(out, ",\"issued_at\":%" PRId64 ",\"reply\":\"%s\"}", issue->issued_at_ms / 1000,
                 delivery_name(issue->delivery));
    }
    text_add(out, "]}");
}

bool control_issued(struct simulator *s, struct text *out, struct json_object *in,
                    struct text *error)
{
    struct component *c = NULL;
    struct json_object *appids = NULL;
    if (!input_component(&c, in, s, error) || !input_appids(&appids, in, error))
        return false;

    text_add(out, "{\"authorizers\":[");
    const char *comma = "";
    for (size_t i = 0; i < json_object_array_length(appids); i++) {
        const char *appid = json_object_get_string(json_object_array_get_idx(appids, i));
        const struct authorizer *a = world_find_authorizer(&s->world, c, appid);
        if (!a)
            continue;
        text_add(out, "%s", comma);
        write_issues(out, a);
        comma = ",";
    }
    text_add(out, "]}");
    return true;
}

static void write_names(struct text *out, const struct authorizer *a)
{
    text_add(out, "{\"component_appid\":\"%s\",\"authorizer_appid\":\"%s\"", a->component->appid,
             a->appid);
}

static void write_tokens(struct text *out, const struct authorizer *a)
{
    const struct issues *access = &a->access;
    write_names(out, a);
    text_add(out, ",\"authorizer_access_token\":");
    token_write_quoted(out, issues_last(access));
    text_add(out, ",\"authorizer_refresh_token\":");
    token_write_quoted(out, authorizer_refresh_token(a));
    text_add(out, ",\"status\":\"%s\",\"issued\":%" PRIu64 ",\"reply\":",
             a->status == STATUS_AUTHORIZED ? "authorized" : "unauthorized", access->last);
    text_add_quoted(out, access->last ? delivery_name(issues_find(access, access->last)->delivery)
                                      : NULL);
    text_add(out, "}\n");
}

typedef void write_function(struct text *out, const struct authorizer *a);

static void write_each_authorizer(struct text *out, const struct simulator *s,
                                  write_function *write)
{
    for (size_t i = 0; i < s->world.component_count; i++)
        for (size_t j = 0; j < s->world.components[i]->authorizer_count; j++)
            write(out, s->world.components[i]->authorizers[j]);
}

bool control_tokens(struct simulator *s, struct text *out, struct json_object *in,
                    struct text *error)
{
    (void)in;
    (void)error;
    write_each_authorizer(out, s, write_tokens);
    return true;
}

static void write_series(struct text *out, struct token token)
{
    for (uint64_t last = token.serial, n = 1; n <= last; n++) {
        token.serial = n;
        token_write(out, token);
        text_add(out, "\n");
    }
}

static void write_secrets(struct text *out, const struct authorizer *a)
{
    write_series(out, (struct token){TOKEN_ACCESS, 0, a->origin, a->access.last});
    write_series(out, (struct token){TOKEN_REFRESH, 0, a->origin, a->refresh.last});
    write_series(out, (struct token){TOKEN_CODE, 0, a->origin, a->codes});
}

bool control_secrets(struct simulator *s, struct text *out, struct json_object *in,
                     struct text *error)
{
    (void)in;
    (void)error;
    for (size_t i = 0; i < s->world.component_count; i++) {
        const struct component *c = s->world.components[i];
        write_series(out, (struct token){TOKEN_COMPONENT, 0, c->origin, c->tokens});
        const char *const given[] = {c->now.text, c->before.text, c->secret};
        for (size_t j = 0; j < COUNT_OF(given); j++)
            if (given[j][0])
                text_add(out, "%s\n", given[j]);
    }
    write_each_authorizer(out, s, write_secrets);
    return true;
}

static void write_record(struct text *out, const struct authorizer *a)
{
    const struct record *record = &a->record;
    if (out->at[out->len - 1] != '[')
        text_add(out, ",");
    write_names(out, a);
    text_add(out, ",\"calls\":%" PRIu64 ",\"in_flight_max\":%u", record->calls,
             record->in_flight_max);
    text_add(out, ",\"issued\":%" PRIu64, a->access.last);
    for (unsigned i = DELIVERY_DELIVERED; i < DELIVERIES; i++)
        text_add(out, ",\"%s\":%" PRIu64, delivery_name((enum delivery)i), record->deliveries[i]);
    text_add(out, "}");
}

static void write_quotas(struct text *out, const struct component *c, int64_t now_ms)
{
    for (unsigned kind = 0; kind < CALL_KINDS; kind++) {
        const struct quota *quota = &c->quotas[kind];
        if (quota_is_open(quota))
            continue;
        if (out->at[out->len - 1] != '[')
            text_add(out, ",");
        text_add(out, "{\"component_appid\":\"%s\",\"call\":\"%s\",", c->appid,
                 call_spec((enum call_kind)kind)->name);
        quota_write(quota, out, now_ms);
        text_add(out, "}");
    }
}

bool control_report(struct simulator *s, struct text *out, struct json_object *in,
                    struct text *error)
{
    (void)in;
    (void)error;
    text_add(out, "{");
    report_write(&s->report, out);
    text_add(out, ",\"late_acts\":%" PRIu64 ",\"late_acts_to_come\":%zu", s->late.acted,
             s->late.delays.count);
    text_add(out, ",\"quotas\":[");
    for (size_t i = 0; i < s->world.component_count; i++)
        write_quotas(out, s->world.components[i], simulator_now_ms(s));
    text_add(out, "],\"authorizers\":[");
    write_each_authorizer(out, s, write_record);
    text_add(out, "]}\n");
    return true;
}
