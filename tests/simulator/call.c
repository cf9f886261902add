#include "call.h"

#include <string.h>

static void refuse(struct call *call, int errcode)
{
    if (call->errcode == 0)
        call->errcode = errcode;
}

static const char *name_of(const struct call *call)
{
    return call_spec(call->kind)->name;
}

static void check_token(struct call *call, struct component **owner, struct simulator *s,
                        const struct request *request)
{
    if (call_shows_secret(call->kind)) {
        if (request->access_tokens > 0)
            report_undocumented(&s->report, "%s: an access_token is given", name_of(call));
        return;
    }
    if (request->access_tokens != 1)
        report_undocumented(&s->report, "%s: %u access_token parameters", name_of(call),
                            request->access_tokens);
    refuse(call, world_check_token(&s->world, owner, request->access_token, call->now_ms));
}

static void check_envelope(struct call *call, struct simulator *s, const struct request *request)
{
    if (request->unknown_param)
        report_undocumented(&s->report, "%s: unknown query parameter \"%.64s\"", name_of(call),
                            request->unknown_param);
    if (!request->content_length)
        report_undocumented(&s->report, "%s: no Content-Length", name_of(call));
    if (strcmp(request->method, "POST") == 0)
        return;
    report_undocumented(&s->report, "%s: method %.16s", name_of(call), request->method);
    refuse(call, 43002);
}

static void parse_body(struct call *call, struct simulator *s, const struct request *request)
{
    if (request->body_len == 0) {
        report_undocumented(&s->report, "%s: no body", name_of(call));
        refuse(call, 44002);
        return;
    }
    struct json_tokener *tokener = json_tokener_new_ex(16);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    int len = request->body_len > CALL_BODY_MAX ? 0 : (int)request->body_len;
    struct json_object *root = json_tokener_parse_ex(tokener, request->body, len);
    json_tokener_free(tokener);
    if (json_object_is_type(root, json_type_object)) {
        call->root = root;
        return;
    }
    json_object_put(root);
    report_undocumented(&s->report, "%s: the body is no JSON object", name_of(call));
    refuse(call, 47001);
}

static bool is_number_member(const char *name)
{
    return strcmp(name, "offset") == 0 || strcmp(name, "count") == 0;
}

static bool read_member(struct call *call, size_t at, const char *name)
{
    struct json_object *value = json_object_object_get(call->root, name);
    if (is_number_member(name))
        return json_object_is_type(value, json_type_int);
    if (!json_object_is_type(value, json_type_string) || json_object_get_string_len(value) == 0)
        return false;
    call->values[at] = json_object_get_string(value);
    return true;
}

static void read_members(struct call *call, struct simulator *s)
{
    const struct call_spec *spec = call_spec(call->kind);
    for (size_t i = 0; i < MEMBERS_MAX && spec->members[i].name; i++) {
        if (read_member(call, i, spec->members[i].name))
            continue;
        report_undocumented(&s->report, "%s: member \"%s\" is absent, empty or of another type",
                            spec->name, spec->members[i].name);
        refuse(call, spec->members[i].missing_errcode);
    }
}

static bool is_known_member(const struct call_spec *spec, const char *name)
{
    for (size_t i = 0; i < MEMBERS_MAX && spec->members[i].name; i++)
        if (strcmp(spec->members[i].name, name) == 0)
            return true;
    return false;
}

static void check_unknown_members(const struct call *call, struct simulator *s)
{
    json_object_object_foreach(call->root, name, value)
    {
        (void)value;
        if (!is_known_member(call_spec(call->kind), name))
            report_undocumented(&s->report, "%s: unknown member \"%.64s\"", name_of(call), name);
    }
}

static void find_component(struct call *call, const struct simulator *s,
                           const struct component *owner)
{
    if (!call->values[0])
        return;
    call->component = world_find_component(&s->world, call->values[0]);
    if (!call->component)
        refuse(call, call->kind == CALL_START_PUSH_TICKET ? 40013 : 61011);
    if (call->component != owner && !call_shows_secret(call->kind))
        refuse(call, 40013);
}

static void find_authorizer(struct call *call, const struct simulator *s)
{
    const char *value = call->values[1];
    if (!call->component || !value)
        return;
    if (call->kind == CALL_QUERY_AUTH) {
        call->code = world_find_code(&s->world, value);
        call->authorizer = call->code ? call->code->authorizer : NULL;
    }
    if (call->kind == CALL_AUTHORIZER_TOKEN || call->kind == CALL_GET_AUTHORIZER_INFO)
        call->authorizer = world_find_authorizer(&s->world, call->component, value);
}

void call_read(struct call *call, struct simulator *s, enum call_kind kind,
               const struct request *request)
{
    *call = (struct call){.kind = kind, .now_ms = simulator_now_ms(s)};
    struct component *owner = NULL;
    check_envelope(call, s, request);
    check_token(call, &owner, s, request);
    parse_body(call, s, request);
    if (!call->root)
        return;
    read_members(call, s);
    check_unknown_members(call, s);
    find_component(call, s, owner);
    find_authorizer(call, s);
}

void call_done(struct call *call)
{
    json_object_put(call->root);
}

int64_t call_number(const struct call *call, const char *member)
{
    return json_object_get_int64(json_object_object_get(call->root, member));
}
