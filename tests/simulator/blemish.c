#include "blemish.h"

#include <string.h>

#include "base/count.h"
#include "json_edit.h"

enum { OVERSIZE_BYTES = 4 << 20, NESTING_LEVELS = 10000 };

#define PICK(list, chance) (list)[chance_below((chance), sizeof(list) / sizeof(*(list)))]

/* One blemish that is to be made. */
struct stroke {
    const struct fault *fault;
    struct chance *chance;
    const char *bytes; /* of its row in the table below */
    size_t len;
};

static size_t size_of(const struct stroke *stroke, size_t usual)
{
    return stroke->fault->size < 0 ? usual : (size_t)stroke->fault->size;
}

static void add_many(struct text *text, char byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add_bytes(text, &byte, 1);
}

static void replace_all(struct text *body, const struct stroke *stroke)
{
    body->len = 0;
    text_add_bytes(body, stroke->bytes, stroke->len);
}

static void be_no_object(struct text *body, const struct stroke *stroke)
{
    static const char *const values[] = {"[]", "null", "\"ok\"", "0", "true", "[{}]"};
    body->len = 0;
    text_add(body, "%s", PICK(values, stroke->chance));
}

static void cut(struct text *body, const struct stroke *stroke)
{
    size_t at = (size_t)stroke->fault->at;
    if (stroke->fault->at < 0)
        at = (size_t)chance_below(stroke->chance, body->len);
    if (at < body->len)
        body->len = at;
}

static void be_junk(struct text *body, const struct stroke *stroke)
{
    body->len = 0;
    add_many(body, 'x', size_of(stroke, OVERSIZE_BYTES));
}

static void add_padding(struct text *body, const struct stroke *stroke)
{
    struct text member = {0};
    text_add(&member, "\"padding\":\"");
    add_many(&member, 'x', size_of(stroke, OVERSIZE_BYTES));
    text_add(&member, "\",");
    json_edit_add(body, member.at, member.len);
    text_done(&member);
}

static void nest(struct text *body, const struct stroke *stroke)
{
    struct text member = {0};
    size_t levels = size_of(stroke, NESTING_LEVELS);
    text_add(&member, "\"deep\":");
    add_many(&member, '[', levels);
    add_many(&member, ']', levels);
    text_add(&member, ",");
    json_edit_add(body, member.at, member.len);
    text_done(&member);
}

/* Another one that looks like it, and may well exist. */
static void change_appid(struct text *body, const struct stroke *stroke)
{
    (void)stroke;
    struct span name, value;
    if (!json_edit_find(&name, &value, body, "authorizer_appid") || value.len < 3)
        return;
    char *last = &body->at[value.at + value.len - 2];
    *last = *last == '1' ? '0' : '1';
}

static void add_to_token(struct text *body, const struct stroke *stroke)
{
    struct span name, value;
    if (!json_edit_find(&name, &value, body, "authorizer_access_token"))
        return;
    struct span middle = {value.at + value.len / 2, 0};
    json_edit_replace(body, middle, stroke->bytes, stroke->len);
}

static void add_member(struct text *body, const struct stroke *stroke)
{
    json_edit_add(body, stroke->bytes, stroke->len);
}

static void add_members_everywhere(struct text *body, const struct stroke *stroke)
{
    json_edit_add_everywhere(body, stroke->bytes);
}

static void add_errcode(struct text *body, const struct stroke *stroke)
{
    struct span name, value;
    if (!json_edit_find(&name, &value, body, "errcode"))
        json_edit_add(body, stroke->bytes, stroke->len);
}

static void quote_numbers(struct text *body, const struct stroke *stroke)
{
    (void)stroke;
    json_edit_quote_numbers(body);
}

static void escape_strings(struct text *body, const struct stroke *stroke)
{
    (void)stroke;
    json_edit_escape_strings(body);
}

static void put_before(struct text *body, const struct stroke *stroke)
{
    json_edit_replace(body, (struct span){0, 0}, stroke->bytes, stroke->len);
}

static void put_around(struct text *body, const struct stroke *stroke)
{
    put_before(body, stroke);
    text_add_bytes(body, stroke->bytes, stroke->len);
}

static void say_twice(struct text *body, const struct stroke *stroke)
{
    (void)stroke;
    static const char *const wrong[][2] = {
        {"authorizer_appid", "\"authorizer_appid\":\"wxwrong\","},
        {"authorizer_access_token", "\"authorizer_access_token\":\"71_wrong\","},
        {"authorizer_refresh_token", "\"authorizer_refresh_token\":null,"},
        {"component_access_token", "\"component_access_token\":[],"},
        {"func_info", "\"func_info\":[{\"funcscope_category\":{\"id\":99}}],"},
        {"expires_in", "\"expires_in\":1,"},
        {"errcode", "\"errcode\":-99,"},
    };
    struct span name, value;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (json_edit_find(&name, &value, body, wrong[i][0]))
            json_edit_replace(body, (struct span){name.at, 0}, wrong[i][1], strlen(wrong[i][1]));
}

static void set_expires_in(struct text *body, const struct stroke *stroke)
{
    static const char *const absurd[] = {
        "0",      "-1",       "null", "",   "1e18", "1e400",      "99999999999999999999999",
        "7199.5", "\"soon\"", "\"\"", "[]", "true", "2147483648", "-7200",
    };
    const char *value = PICK(absurd, stroke->chance);
    if (*value)
        json_edit_set(body, "expires_in", value);
    else
        json_edit_remove(body, "expires_in");
}

/* The right scopes stay, in their order. */
static void make_scopes_odd(struct text *body, const struct stroke *stroke)
{
    static const char *const odd[] = {
        "null,{},",
        "\"funcscope_category\",17,[],",
        "{\"funcscope_category\":null},{\"funcscope_category\":{}},",
        "{\"funcscope_category\":{\"id\":null}},{\"funcscope_category\":{\"id\":\"x\"}},",
        "{\"confirm_info\":{\"need_confirm\":0,\"already_confirm\":0,\"can_confirm\":0}},",
    };
    struct span name, value;
    if (!json_edit_find(&name, &value, body, "func_info") || value.len <= strlen("[]"))
        return;
    const char *entries = PICK(odd, stroke->chance);
    json_edit_replace(body, (struct span){value.at + 1, 0}, entries, strlen(entries));
}

static void set_member(struct text *body, const struct stroke *stroke)
{
    const struct fault *fault = stroke->fault;
    if (fault->value[0])
        json_edit_set(body, fault->member, fault->value);
    else
        json_edit_remove(body, fault->member);
}

#define GATEWAY_PAGE                                                                               \
    "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"

/* Whatever stands in an unknown member, or deeper, means nothing. */
#define UNKNOWN_MEMBERS                                                                            \
    "\"unknown\":{\"errcode\":40001,\"authorizer_access_token\":\"71_not_this\",\"deep\":[[{\"a\"" \
    ":[null,1e-9,\"\\u00e9\\ud83d\\ude00\",{\"authorization_info\":{\"authorizer_appid\":\"wx\"}}" \
    "]}]]},\"\":[],"

/* What is done, and bytes for it, which may have a NUL among them. */
#define WITH(function, text)                                                                       \
    {                                                                                              \
        function, text, sizeof(text) - 1                                                           \
    }

struct blemish {
    void (*make)(struct text *body, const struct stroke *stroke); /* NULL: the body stays */
    const char *bytes;
    size_t len;
};

static const struct blemish blemishes[FAULT_KINDS] = {
    [FAULT_HTTP] = WITH(replace_all, GATEWAY_PAGE),
    [FAULT_HTML] = WITH(replace_all, GATEWAY_PAGE),
    [FAULT_EMPTY] = WITH(replace_all, ""),
    [FAULT_NOT_JSON] = WITH(replace_all, "{\"authorizer_access_token\": oops"),
    [FAULT_NOT_OBJECT] = {be_no_object, NULL, 0},
    [FAULT_CUT] = {cut, NULL, 0},
    [FAULT_OVERSIZE] = {add_padding, NULL, 0},
    [FAULT_OVERSIZE_JUNK] = {be_junk, NULL, 0},
    [FAULT_DEEP_NESTING] = {nest, NULL, 0},
    [FAULT_WRONG_APPID] = {change_appid, NULL, 0},
    [FAULT_TOKEN_NUL] = WITH(add_to_token, "\0"),
    [FAULT_TOKEN_ESCAPED_NUL] = WITH(add_to_token, "\\u0000"),
    [FAULT_TOKEN_BAD_UTF8] = WITH(add_to_token, "\xc3\x28"),
    [FAULT_TEXT_NUL] = WITH(add_member, "\"text\":\"a\0b\","),
    [FAULT_TEXT_ESCAPED_NUL] = WITH(add_member, "\"text\":\"a\\u0000b\","),
    [FAULT_TEXT_BAD_UTF8] = WITH(add_member, "\"text\":\"\xc3\x28 \xb9\xd6\","),
    [FAULT_NUMBERS_AS_TEXT] = {quote_numbers, NULL, 0},
    [FAULT_ERRCODE_ZERO] = WITH(add_errcode, "\"errcode\":0,\"errmsg\":\"ok\","),
    [FAULT_ERRCODE_ZERO_TEXT] = WITH(add_errcode, "\"errcode\":\"0\",\"errmsg\":\"ok\","),
    [FAULT_BOM] = WITH(put_before, "\xef\xbb\xbf"),
    [FAULT_BLANKS] = WITH(put_around, " \r\n\t \n"),
    [FAULT_UNKNOWN_MEMBERS] = WITH(add_members_everywhere, UNKNOWN_MEMBERS),
    [FAULT_TWICE] = {say_twice, NULL, 0},
    [FAULT_ESCAPED] = {escape_strings, NULL, 0},
    [FAULT_EXPIRES_IN] = {set_expires_in, NULL, 0},
    [FAULT_FUNC_INFO] = {make_scopes_odd, NULL, 0},
    [FAULT_MEMBER] = {set_member, NULL, 0},
};

void blemish_apply(struct text *body, const struct fault *fault, struct chance *chance)
{
    const struct blemish *blemish = &blemishes[fault->kind];
    struct stroke stroke = {fault, chance, blemish->bytes, blemish->len};
    if (blemish->make)
        blemish->make(body, &stroke);
}
