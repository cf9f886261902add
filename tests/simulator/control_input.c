#include "control_input.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct json_object *input_parse(const char *body, size_t len)
{
    if (len == 0 || len > INT_MAX)
        return NULL;
    struct json_tokener *tokener = json_tokener_new_ex(16);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *root = json_tokener_parse_ex(tokener, body, (int)len);
    json_tokener_free(tokener);
    if (json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    return NULL;
}

static bool is_appid(struct json_object *value)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (!json_object_is_type(value, json_type_string))
        return false;
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    return len >= 1 && len <= APPID_MAX && strspn(text, letters) == len;
}

bool input_appid(const char **appid, struct json_object *in, const char *name, struct text *error)
{
    struct json_object *value = json_object_object_get(in, name);
    if (!is_appid(value)) {
        text_add(error, "member \"%s\" must be 1 to %d of A-Z a-z 0-9 _ -", name, APPID_MAX);
        return false;
    }
    *appid = json_object_get_string(value);
    return true;
}

bool input_component(struct component **component, struct json_object *in,
                     const struct simulator *s, struct text *error)
{
    const char *appid = NULL;
    if (!input_appid(&appid, in, "component_appid", error))
        return false;
    struct component *found = world_find_component(&s->world, appid);
    if (!found) {
        text_add(error, "component \"%s\" does not exist", appid);
        return false;
    }
    *component = found;
    return true;
}

bool input_appids(struct json_object **list, struct json_object *in, struct text *error)
{
    struct json_object *value = json_object_object_get(in, "authorizer_appids");
    if (!json_object_is_type(value, json_type_array)) {
        text_add(error, "member \"authorizer_appids\" must be a list of appids");
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        if (is_appid(json_object_array_get_idx(value, i)))
            continue;
        text_add(error, "member \"authorizer_appids\": entry %zu is no appid", i);
        return false;
    }
    *list = value;
    return true;
}

bool input_text(const char **text, struct json_object *in, const char *name, int len_max,
                struct text *error)
{
    struct json_object *value = json_object_object_get(in, name);
    if (!value)
        return true;
    int len = json_object_is_type(value, json_type_string) ? json_object_get_string_len(value) : 0;
    if (len < 1 || len > len_max) {
        text_add(error, "member \"%s\" must be a text of 1 to %d bytes", name, len_max);
        return false;
    }
    *text = json_object_get_string(value);
    return true;
}

bool input_number(int64_t *number, struct json_object *in, const char *name, struct range range,
                  struct text *error)
{
    struct json_object *value = json_object_object_get(in, name);
    if (!value)
        return true;
    int64_t read = json_object_get_int64(value);
    if (!json_object_is_type(value, json_type_int) || read < range.min || read > range.max) {
        text_add(error, "member \"%s\" must be a number from %" PRId64 " to %" PRId64, name,
                 range.min, range.max);
        return false;
    }
    *number = read;
    return true;
}

bool input_flag(bool *flag, struct json_object *in, const char *name, struct text *error)
{
    struct json_object *value = json_object_object_get(in, name);
    if (!value)
        return true;
    if (!json_object_is_type(value, json_type_boolean)) {
        text_add(error, "member \"%s\" must be true or false", name);
        return false;
    }
    *flag = json_object_get_boolean(value);
    return true;
}

bool input_scope_list(struct json_object **list, struct json_object *in, struct text *error)
{
    struct json_object *value = json_object_object_get(in, "func_scopes");
    if (!value)
        return true;
    bool fits = json_object_is_type(value, json_type_array) &&
                json_object_array_length(value) <= SCOPES_MAX;
    for (size_t i = 0; fits && i < json_object_array_length(value); i++)
        fits = json_object_is_type(json_object_array_get_idx(value, i), json_type_int);
    if (!fits) {
        text_add(error, "member \"func_scopes\" must be a list of up to %d numbers", SCOPES_MAX);
        return false;
    }
    *list = value;
    return true;
}

void input_scopes(struct authorizer *a, struct json_object *list)
{
    a->scope_count = json_object_array_length(list);
    for (size_t i = 0; i < a->scope_count; i++)
        a->scopes[i] = json_object_get_int(json_object_array_get_idx(list, i));
}

static bool read_fault_names(struct fault *fault, struct json_object *in, struct text *error)
{
    const char *call = "*";
    const char *kind = "";
    if (!input_text(&call, in, "call", 64, error) || !input_text(&kind, in, "fault", 64, error))
        return false;
    fault->call = call_kind_find(call);
    fault->kind = fault_kind_find(kind);
    if (fault->call == CALL_KINDS && strcmp(call, "*") != 0) {
        text_add(error, "member \"call\": no call is named \"%s\"", call);
        return false;
    }
    if (fault->kind == FAULT_KINDS) {
        text_add(error, "member \"fault\": no fault is named \"%s\"", kind);
        return false;
    }
    return true;
}

static bool read_rate(double *rate, struct json_object *in, struct text *error)
{
    struct json_object *value = json_object_object_get(in, "rate");
    if (!value)
        return true;
    double read = json_object_get_double(value);
    bool is_number = json_object_is_type(value, json_type_double) ||
                     json_object_is_type(value, json_type_int);
    if (!is_number || !(read >= 0 && read <= 1)) {
        text_add(error, "member \"rate\" must be a number from 0 to 1");
        return false;
    }
    *rate = read;
    return true;
}

bool input_fault(struct fault *fault, struct json_object *in, struct text *error)
{
    struct fault read = {.rate = 1, .left = -1};
    int64_t errcode = -1;
    int64_t status = 502;
    const char *appid = "";
    if (!read_fault_names(&read, in, error) || !read_rate(&read.rate, in, error) ||
        !input_number(&errcode, in, "errcode", (struct range){-99999, 9999999}, error) ||
        !input_number(&status, in, "status", (struct range){200, 599}, error) ||
        !input_number(&read.left, in, "count", (struct range){0, INT64_MAX}, error))
        return false;
    if (json_object_object_get(in, "authorizer_appid") &&
        !input_appid(&appid, in, "authorizer_appid", error))
        return false;
    read.errcode = (int)errcode;
    read.status = (unsigned)status;
    (void)snprintf(read.authorizer_appid, sizeof(read.authorizer_appid), "%s", appid);
    *fault = read;
    return true;
}
