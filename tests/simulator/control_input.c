#include "control_input.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
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

static bool has_control_characters(const char *text, int len)
{
    for (int i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            return true;
    return false;
}

bool input_text(const char **text, struct json_object *in, const char *name, int len_max,
                struct text *error)
{
    struct json_object *value = json_object_object_get(in, name);
    if (!value)
        return true;
    int len = json_object_is_type(value, json_type_string) ? json_object_get_string_len(value) : 0;
    if (len < 1 || len > len_max || has_control_characters(json_object_get_string(value), len)) {
        text_add(error, "member \"%s\" must be a line of 1 to %d bytes", name, len_max);
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

bool input_call(enum call_kind *call, struct json_object *in, struct text *error)
{
    const char *name = "*";
    if (!input_text(&name, in, "call", 64, error))
        return false;
    *call = call_kind_find(name);
    if (*call != CALL_KINDS || strcmp(name, "*") == 0)
        return true;
    text_add(error, "member \"call\": no call is named \"%s\"", name);
    return false;
}

bool input_limit(int64_t *limit, bool *is_given, struct json_object *in, const char *name,
                 struct text *error)
{
    struct json_object *value = NULL;
    *limit = -1;
    *is_given = json_object_object_get_ex(in, name, &value);
    return !value || input_number(limit, in, name, (struct range){0, QUOTA_MAX}, error);
}

static int64_t seconds_of_unit(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

/* Reads a duration like "1d12h", in seconds. Returns -1 if it is none or too long. */
static int64_t parse_duration(const char *text, int64_t max_s)
{
    int64_t total_s = 0;
    while (*text) {
        char *end = NULL;
        long long count = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
        int64_t unit_s = count < 0 || count > max_s ? 0 : seconds_of_unit(*end);
        total_s += count * unit_s;
        if (unit_s == 0 || total_s > max_s)
            return -1;
        text = end + 1;
    }
    return total_s;
}

bool input_duration(int64_t *seconds, struct json_object *in, const char *name, int64_t max_s,
                    struct text *error)
{
    const char *text = NULL;
    if (!input_text(&text, in, name, 64, error))
        return false;
    int64_t read = text ? parse_duration(text, max_s) : 0;
    if (read < 0) {
        text_add(error, "member \"%s\" must be a duration like 90s, 5m, 2h or 1d12h", name);
        return false;
    }
    *seconds += read;
    return true;
}
