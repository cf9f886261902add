#include "control.h"

#include <string.h>

#include "base/count.h"
#include "control_input.h"
#include "control_routes.h"

enum { ROUTE_MEMBERS_MAX = 16 };

enum output { OUTPUT_JSON, OUTPUT_LINES, OUTPUT_TEXT };

struct route {
    const char *method;
    const char *path;
    control_function *answer;
    enum output output;
    const char *members[ROUTE_MEMBERS_MAX]; /* that may go in; NULL: no more */
};

static const struct route routes[] = {
#define ROUTE(method, path, function, output, ...)                                                 \
    {method, path, function, OUTPUT_##output, __VA_ARGS__},
#include "control.def"
#undef ROUTE
};
enum { ROUTES = COUNT_OF(routes) };

static void write_route(struct text *out, const struct route *route)
{
    text_add(out, "{\"method\":\"%s\",\"path\":\"%s\",\"members\":[", route->method, route->path);
    for (size_t i = 0; route->members[i]; i++)
        text_add(out, "%s\"%s\"", i ? "," : "", route->members[i]);
    text_add(out, "]}");
}

static void write_fault_kind(struct text *out, const struct fault_spec *spec)
{
    text_add(out, "{\"fault\":\"%s\",\"group\":\"%s\",\"acts\":\"%s\",\"calls\":[", spec->name,
             fault_group_name(spec->group), fault_act_name(spec->act));
    const char *comma = "";
    for (unsigned kind = 0; kind < CALL_KINDS; kind++) {
        if (!(spec->calls & 1U << kind))
            continue;
        text_add(out, "%s\"%s\"", comma, call_spec((enum call_kind)kind)->name);
        comma = ",";
    }
    text_add(out, "]}");
}

bool control_about(struct simulator *s, struct text *out, struct json_object *in,
                   struct text *error)
{
    (void)s;
    (void)in;
    (void)error;
    text_add(out, "{\"paths\":[");
    for (size_t i = 0; i < ROUTES; i++) {
        text_add(out, "%s", i ? ",\n" : "");
        write_route(out, &routes[i]);
    }
    text_add(out, "],\"faults\":[");
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        text_add(out, "%s", kind ? ",\n" : "");
        write_fault_kind(out, fault_spec((enum fault_kind)kind));
    }
    text_add(out, "]}\n");
    return true;
}

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

static bool takes(const struct route *route, const char *member)
{
    for (size_t i = 0; route->members[i]; i++)
        if (strcmp(route->members[i], member) == 0)
            return true;
    return false;
}

/* A misspelt member must not be taken for one that was left out. */
static bool check_members(const struct route *route, struct json_object *in, struct text *error)
{
    if (!in)
        return true;
    json_object_object_foreach(in, name, value)
    {
        (void)value;
        if (takes(route, name))
            continue;
        text_add(error, "there is no member \"%.64s\" here", name);
        return false;
    }
    return true;
}

static void set_content_type(struct reply *reply, enum output output)
{
    static const char *const types[] = {
        [OUTPUT_JSON] = "application/json",
        [OUTPUT_LINES] = "application/x-ndjson",
        [OUTPUT_TEXT] = "text/plain",
    };
    reply->content_type = types[output];
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
    struct json_object *in = NULL;
    if (strcmp(request->method, "POST") == 0)
        in = input_parse(request->body, request->body_len);
    if (!in && strcmp(request->method, "POST") == 0) {
        refuse(reply, 400, "the body is no JSON object");
        return;
    }
    struct text error = {0};
    if (check_members(route, in, &error) && route->answer(s, &reply->body, in, &error))
        set_content_type(reply, route->output);
    else
        refuse(reply, 400, error.at);
    text_done(&error);
    json_object_put(in);
}
