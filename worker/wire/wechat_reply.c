#include "wire/wechat_reply.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "wire/json.h"
#include "wire/keep.h"

enum { HTTP_OK = 200 };

/* Always returns false, like err_set(). */
__attribute__((format(printf, 2, 3))) static bool garble(struct answer *answer, const char *format,
                                                         ...)
{
    *answer = (struct answer){.kind = ANSWER_GARBLED};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(answer->detail, sizeof(answer->detail), format, arguments);
    va_end(arguments);
    return false;
}

static bool is_printable(struct str view)
{
    for (size_t i = 0; i < view.len; i++)
        if (view.at[i] < ' ' || view.at[i] > '~')
            return false;
    return true;
}

/* Reads a token. If the member is absent or empty, *token stays as it is. */
static bool read_token(struct answer *answer, struct str *token, struct json_object *object,
                       const char *member)
{
    struct str found = {0};
    if (json_string(&found, object, member) == JSON_WRONG)
        return garble(answer, "%s is not a string", member);
    if (found.len > TOKEN_LEN_MAX)
        return garble(answer, "%s is longer than %d bytes", member, TOKEN_LEN_MAX);
    if (!is_printable(found))
        return garble(answer, "%s has bytes that are not printable ASCII", member);
    if (found.len)
        *token = found;
    return true;
}

static int64_t clamp_double(double value)
{
    if (isnan(value))
        return -1;
    if (value >= (double)INT64_MAX)
        return INT64_MAX;
    if (value <= (double)INT64_MIN)
        return INT64_MIN;
    return (int64_t)value;
}

/* Brings the number into an int64; -1 means that there is none. The handler judges the number. */
static int64_t read_expires_in(struct json_object *object)
{
    struct json_object *member = json_member(object, "expires_in");
    switch (json_object_get_type(member)) {
    case json_type_int:
        return json_object_get_int64(member);
    case json_type_double:
        return clamp_double(json_object_get_double(member));
    case json_type_string: {
        const char *text = json_object_get_string(member);
        char *end = NULL;
        int64_t number = strtoll(text, &end, 10);
        return end == text || *end ? -1 : number;
    }
    default:
        return -1;
    }
}

/* Skips an entry of another shape: it must not cost the tokens that came with it. */
static size_t read_scopes(int32_t *scopes, struct json_object *func_info, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(func_info, i);
        int64_t id = 0;
        if (json_integer(&id, json_object_member(entry, "funcscope_category"), "id") != JSON_FOUND)
            continue;
        if (id >= INT32_MIN && id <= INT32_MAX)
            scopes[found++] = (int32_t)id;
    }
    return found;
}

static bool copy_scopes(struct answer *answer, struct arena *into, struct json_object *info)
{
    struct json_object *func_info = json_member(info, "func_info");
    if (!json_object_is_type(func_info, json_type_array))
        return true;
    size_t count = json_object_array_length(func_info);
    if (count > SCOPES_MAX)
        return garble(answer, "func_info has %zu entries, %d are taken", count, SCOPES_MAX);

    int32_t *scopes = arena_alloc(into, count * sizeof(*scopes));
    assert(scopes);
    answer->scopes.count = read_scopes(scopes, func_info, count);
    answer->scopes.at = scopes;
    return true;
}

static bool read_authorizer(struct answer *answer, struct json_object *info, const char *member)
{
    struct str appid = {0};
    if (json_string(&appid, info, member) != JSON_FOUND || !appid_set(&answer->authorizer, appid))
        return garble(answer, "no authorization_info.%s", member);
    return true;
}

static bool read_query_auth(struct answer *answer, struct json_object *root)
{
    struct json_object *info = json_object_member(root, "authorization_info");
    if (!read_authorizer(answer, info, "authorizer_appid"))
        return false;
    answer->expires_in_s = read_expires_in(info);
    return read_token(answer, &answer->access_token, info, "authorizer_access_token") &&
           read_token(answer, &answer->refresh_token, info, "authorizer_refresh_token");
}

static bool read_authorizer_token(struct answer *answer, struct json_object *root)
{
    answer->expires_in_s = read_expires_in(root);
    if (!read_token(answer, &answer->access_token, root, "authorizer_access_token") ||
        !read_token(answer, &answer->refresh_token, root, "authorizer_refresh_token"))
        return false;
    if (str_is_empty(answer->access_token))
        return garble(answer, "no authorizer_access_token");
    return true;
}

static bool read_authorizer_info(struct answer *answer, struct json_object *root)
{
    struct json_object *info = json_object_member(root, "authorization_info");
    bool is_old = !json_member(info, "authorizer_appid") && json_member(info, "appid");
    return read_authorizer(answer, info, is_old ? "appid" : "authorizer_appid") &&
           read_token(answer, &answer->refresh_token, info, "authorizer_refresh_token");
}

static bool read_members(struct answer *answer, enum wechat_call call, struct json_object *root)
{
    switch (call) {
    case CALL_QUERY_AUTH:
        return read_query_auth(answer, root);
    case CALL_AUTHORIZER_TOKEN:
        return read_authorizer_token(answer, root);
    case CALL_AUTHORIZER_INFO:
        return read_authorizer_info(answer, root);
    }
    return false;
}

static void decode_success(struct answer *answer, struct arena *into, enum wechat_call call,
                           struct json_object *root)
{
    struct answer done = {.kind = ANSWER_DONE, .expires_in_s = -1};
    struct json_object *info = json_object_member(root, "authorization_info");
    if (read_members(&done, call, root) && copy_scopes(&done, into, info)) {
        done.access_token = keep(into, done.access_token);
        done.refresh_token = keep(into, done.refresh_token);
    }
    *answer = done;
}

static bool is_rid_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Reads the rid from "… rid: 62e9c8a1-2b7c4d5e-0f1a2b3c". Other words come before it, and the blank
 * may be missing. */
static void read_rid(struct answer *answer, struct json_object *root)
{
    struct str mark = STR("rid:");
    struct str text = {0};
    if (json_string(&text, root, "errmsg") != JSON_FOUND)
        return;
    const char *end = text.at + text.len;
    const char *at = memmem(text.at, text.len, mark.at, mark.len);
    if (!at)
        return;

    for (at += mark.len; at < end && *at == ' ';)
        at++;
    size_t len = 0;
    while (at + len < end && is_rid_char(at[len]))
        len++;
    (void)rid_set(&answer->rid, (struct str){.at = at, .len = len}); /* too long: none */
}

/* Reads the errcode. A missing one counts as 0. */
static bool read_errcode(int32_t *errcode, struct json_object *root)
{
    int64_t number = 0;
    if (json_integer(&number, root, "errcode") == JSON_WRONG)
        return false;
    if (number < INT32_MIN || number > INT32_MAX)
        return false;
    *errcode = (int32_t)number;
    return true;
}

static void decode_object(struct answer *answer, struct arena *into, enum wechat_call call,
                          struct json_object *root)
{
    int32_t errcode = 0;
    if (!read_errcode(&errcode, root)) {
        (void)garble(answer, "errcode is not a number");
        return;
    }
    if (!errcode) {
        decode_success(answer, into, call, root);
        return;
    }
    *answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = errcode, .expires_in_s = -1};
    read_rid(answer, root);
}

static void decode(struct answer *answer, struct arena *into, enum wechat_call call,
                   long http_status, struct str body)
{
    if (body.len > REPLY_BYTES_MAX) {
        (void)garble(answer, "HTTP %ld with a body above %d bytes", http_status, REPLY_BYTES_MAX);
        return;
    }
    const char *fault = NULL;
    CLEANUP(json_putp) struct json_object *root = json_parse_tolerant(body, &fault);
    bool is_ok = http_status >= 200 && http_status < 300;
    if (!is_ok && !json_member(root, "errcode")) {
        (void)garble(answer, "HTTP %ld", http_status);
        return;
    }
    if (!root) {
        (void)garble(answer, "no JSON object in the body: %s", fault);
        return;
    }
    decode_object(answer, into, call, root);
}

void wechat_reply_decode(struct answer *answer, struct arena *into, enum wechat_call call,
                         long http_status, struct str body)
{
    decode(answer, into, call, http_status, body);
    answer->may_act_late = answer->kind == ANSWER_GARBLED && http_status != HTTP_OK;
}
