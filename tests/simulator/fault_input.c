#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_input.h"

static bool has(struct json_object *in, const char *name)
{
    return json_object_object_get_ex(in, name, NULL);
}

static bool read_kind(struct fault *fault, struct json_object *in, struct text *error)
{
    const char *name = "";
    if (!input_call(&fault->call, in, error) || !input_text(&name, in, "fault", 64, error))
        return false;
    if (!fault_find(fault, name)) {
        text_add(error, "member \"fault\": no fault is named \"%s\"", name);
        return false;
    }
    if (fault_fits(fault, fault->call))
        return true;
    text_add(error, "fault \"%s\" cannot befall %s", name, call_spec(fault->call)->name);
    return false;
}

/* Reads the kinds that a group shall not draw. */
static bool read_without(struct fault *fault, struct json_object *in, struct text *error)
{
    struct json_object *list = NULL;
    if (!json_object_object_get_ex(in, "without", &list))
        return true;
    bool fits = fault->kind == FAULT_KINDS && json_object_is_type(list, json_type_array);
    for (size_t i = 0; fits && i < json_object_array_length(list); i++) {
        struct json_object *name = json_object_array_get_idx(list, i);
        struct fault kind = {.kind = FAULT_KINDS};
        fits = json_object_is_type(name, json_type_string) &&
               fault_find(&kind, json_object_get_string(name)) && kind.group == fault->group &&
               kind.kind != FAULT_KINDS;
        if (fits)
            fault->without |= UINT64_C(1) << kind.kind;
    }
    if (!fits)
        text_add(error, "member \"without\" must be a list of faults of the group");
    return fits;
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

/* "45009" is as good as 45009, and is sent as it was given. */
static bool read_errcode(struct fault *fault, struct json_object *in, struct text *error)
{
    struct json_object *value = json_object_object_get(in, "errcode");
    int64_t errcode = -1;
    fault->errcode_is_text = json_object_is_type(value, json_type_string);
    if (fault->errcode_is_text) {
        char *end = NULL;
        const char *text = json_object_get_string(value);
        errcode = strtoll(text, &end, 10);
        if (!*text || *end || errcode < -99999 || errcode > 9999999) {
            text_add(error, "member \"errcode\": \"%.32s\" is no errcode", text);
            return false;
        }
    } else if (!input_number(&errcode, in, "errcode", (struct range){-99999, 9999999}, error)) {
        return false;
    }
    fault->errcode = (int)errcode;
    return true;
}

static bool may_choose(const struct fault *fault)
{
    return fault->kind == FAULT_KINDS || fault_spec(fault->kind)->act == ACT_CHOICE;
}

static bool read_act(struct fault *fault, struct json_object *in, struct text *error)
{
    bool acts = false;
    if (!input_flag(&acts, in, "acts", error))
        return false;
    fault->act = acts ? ACT_ALWAYS : ACT_NEVER;
    if (fault->kind == FAULT_KINDS && !has(in, "acts"))
        fault->act = ACT_CHOICE;
    if (may_choose(fault))
        return true;
    fault->act = fault_spec(fault->kind)->act;
    if (!has(in, "acts"))
        return true;
    text_add(error, "fault \"%s\" acts %s", fault_spec(fault->kind)->name,
             fault_act_name(fault->act));
    return false;
}

static bool read_lateness(struct fault *fault, struct json_object *in, struct text *error)
{
    struct range range = {0, FAULT_LATE_MS_MAX};
    if (!input_number(&fault->acts_after_ms, in, "acts_after_ms", range, error) ||
        !input_number(&fault->acts_jitter_ms, in, "acts_jitter_ms", range, error))
        return false;
    if (!has(in, "acts_after_ms") && !has(in, "acts_jitter_ms"))
        return true;
    if (!has(in, "acts_after_ms"))
        fault->acts_after_ms = 0;
    bool acts = fault->act != ACT_NEVER || !has(in, "acts");
    if (acts && fault_may_act_late(fault))
        return true;
    text_add(error, "this fault cannot act late: http, reset_after and timeout_after can");
    return false;
}

static bool read_sizes(struct fault *fault, struct json_object *in, struct text *error)
{
    bool of_token = fault->kind == FAULT_TOKEN_LENGTH || fault->kind == FAULT_REFRESH_TOKEN_LENGTH;
    struct range sizes = {1, of_token ? TOKEN_LEN_MAX : FAULT_SIZE_MAX};
    return input_number(&fault->at, in, "at", (struct range){0, FAULT_SIZE_MAX}, error) &&
           input_number(&fault->size, in, "size", sizes, error);
}

static bool read_member(struct fault *fault, struct json_object *in, struct text *error)
{
    const char *member = NULL;
    if (fault->kind != FAULT_MEMBER)
        return true;
    if (!input_appid(&member, in, "member", error))
        return false;
    struct json_object *value = NULL;
    bool has_value = json_object_object_get_ex(in, "value", &value);
    const char *json = json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE);
    if (strlen(json) > FAULT_VALUE_MAX) {
        text_add(error, "member \"value\" must have %d bytes at most", FAULT_VALUE_MAX);
        return false;
    }
    (void)snprintf(fault->member, sizeof(fault->member), "%s", member);
    (void)snprintf(fault->value, sizeof(fault->value), "%s", has_value ? json : "");
    return true;
}

static bool read_appid(struct fault *fault, struct json_object *in, struct text *error)
{
    const char *appid = "";
    if (has(in, "authorizer_appid") && !input_appid(&appid, in, "authorizer_appid", error))
        return false;
    (void)snprintf(fault->authorizer_appid, sizeof(fault->authorizer_appid), "%s", appid);
    return true;
}

bool input_fault(struct fault *fault, struct json_object *in, struct text *error)
{
    struct fault read = {
        .rate = 1, .left = -1, .at = FAULT_DRAWN, .size = FAULT_DRAWN, .acts_after_ms = -1};
    int64_t status = 502;
    if (!read_kind(&read, in, error) || !read_rate(&read.rate, in, error) ||
        !read_errcode(&read, in, error) || !read_act(&read, in, error) ||
        !read_lateness(&read, in, error) || !read_sizes(&read, in, error) ||
        !read_member(&read, in, error) || !read_appid(&read, in, error) ||
        !read_without(&read, in, error) ||
        !input_number(&status, in, "status", (struct range){200, 599}, error) ||
        !input_number(&read.left, in, "count", (struct range){0, INT64_MAX}, error))
        return false;
    read.status = (unsigned)status;
    *fault = read;
    return true;
}
