#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/wechat_reply.h"

#define RID              "6351110b-2b7c4d5e-0f1a2b3c"
#define REFUSAL(errcode) "{\"errcode\":" errcode ",\"errmsg\":\"code is expired rid: " RID "\"}"
#define QUERY(members)   "{\"authorization_info\":{\"authorizer_appid\":\"wxa\"" members "}}"
#define TOKENS                                                                                     \
    "\"authorizer_access_token\":\"AT\",\"expires_in\":7200,\"authorizer_refresh_token\":\"RT\""
#define X16   "xxxxxxxxxxxxxxxx"
#define X64   X16 X16 X16 X16
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64
#define X4096 X1024 X1024 X1024 X1024

static char kept[ROW_BYTES_MAX];

static void decode(struct answer *answer, enum wechat_call call, long status, const char *body)
{
    struct arena into = {.at = kept, .max = sizeof(kept)};
    wechat_reply_decode(answer, &into, call, status, str_of(body));
}

static void expect_str(const char *what, struct str got, const char *want)
{
    if (!str_equal(got, str_of(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", what, STR_ARGS(got), want ? want : "");
}

static const struct success_case {
    const char *body;
    const char *authorizer, *access_token, *refresh_token;
    int64_t expires_in_s;
    enum wechat_call call;
} successes[] = {
    {QUERY("," TOKENS ",\"func_info\":[]"), "wxa", "AT", "RT", 7200, CALL_QUERY_AUTH},
    {"{\"errcode\":0,\"errmsg\":\"ok\",\"authorization_info\":{\"authorizer_appid\":\"wxa\"," TOKENS
     "}}",
     "wxa", "AT", "RT", 7200, CALL_QUERY_AUTH},
    {"\xEF\xBB\xBF \r\n" QUERY(",\"expires_in\":\"7200\",\"x\":[{}]"), "wxa", "", "", 7200,
     CALL_QUERY_AUTH},
    /* no API permission */
    {QUERY(""), "wxa", "", "", -1, CALL_QUERY_AUTH},
    {QUERY(
         ",\"authorizer_access_token\":null,\"expires_in\":null,\"authorizer_refresh_token\":\"\""),
     "wxa", "", "", -1, CALL_QUERY_AUTH},
    {QUERY(",\"authorizer_refresh_token\":\"RT\""), "wxa", "", "RT", -1, CALL_QUERY_AUTH},

    {"{" TOKENS "}", "", "AT", "RT", 7200, CALL_AUTHORIZER_TOKEN},
    {"{\"errcode\":\"0\"," TOKENS "}", "", "AT", "RT", 7200, CALL_AUTHORIZER_TOKEN},
    {"{\"authorizer_access_token\":\"AT\"}", "", "AT", "", -1, CALL_AUTHORIZER_TOKEN},
    {"{\"authorizer_access_token\":\"a\\/b\",\"authorizer_refresh_token\":null}", "", "a/b", "", -1,
     CALL_AUTHORIZER_TOKEN},
    {"{\"authorizer_access_token\":\"" X4096 "\"}", "", X4096, "", -1, CALL_AUTHORIZER_TOKEN},

    {"{\"authorizer_info\":{\"nick_name\":\"\x07\xC3(\\u0000\"},\"authorization_info\":"
     "{\"authorizer_appid\":\"wxa\",\"authorizer_refresh_token\":\"RT\"}}",
     "wxa", "", "RT", -1, CALL_AUTHORIZER_INFO},
    {"{\"authorization_info\":{\"authorizer_appid\":\"wxa\",\"authorizer_refresh_token\":\"\"}}",
     "wxa", "", "", -1, CALL_AUTHORIZER_INFO},
    {"{\"authorization_info\":{\"appid\":\"wxa\",\"authorizer_refresh_token\":\"RT\"}}", "wxa", "",
     "RT", -1, CALL_AUTHORIZER_INFO},
};

static void a_success_gives_what_came(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(successes); i++) {
        const struct success_case *c = &successes[i];
        struct answer answer;

        decode(&answer, c->call, 200, c->body);

        if (answer.kind != ANSWER_DONE)
            fail_msg("%s: %s", c->body, answer.detail);
        expect_str(c->body, appid_str(&answer.authorizer), c->authorizer);
        expect_str(c->body, answer.access_token, c->access_token);
        expect_str(c->body, answer.refresh_token, c->refresh_token);
        if (answer.expires_in_s != c->expires_in_s)
            fail_msg("%s: expires_in %ld", c->body, (long)answer.expires_in_s);
    }
}

static void expires_in_is_brought_into_an_int64(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int64_t expires_in_s;
    } cases[] = {
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":0}", 0},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":-5}", -5},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":7199.9}", 7199},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":99999999999999999999999}", INT64_MAX},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":-99999999999999999999999}", INT64_MIN},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":\"99999999999999999999999\"}",
         INT64_MAX},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":1e400}", INT64_MAX},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":-1e30}", INT64_MIN},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":NaN}", -1},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":\"soon\"}", -1},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":\"\"}", -1},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":\"7200s\"}", -1},
        {"{\"authorizer_access_token\":\"AT\",\"expires_in\":{}}", -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer answer;

        decode(&answer, CALL_AUTHORIZER_TOKEN, 200, cases[i].body);

        if (answer.kind != ANSWER_DONE || answer.expires_in_s != cases[i].expires_in_s)
            fail_msg("%s: expires_in %ld", cases[i].body, (long)answer.expires_in_s);
    }
}

static void scopes_stay_in_their_order(void **state)
{
    (void)state;
    static const int32_t want[] = {1, 15, 4, -7, 2};
    struct answer answer;

    decode(
        &answer, CALL_QUERY_AUTH, 200,
        QUERY(",\"func_info\":[{\"funcscope_category\":{\"id\":1}},"
              "{\"funcscope_category\":{\"id\":\"15\"},\"confirm_info\":{\"need_confirm\":0}},"
              "{\"funcscope_category\":{\"id\":4,\"type\":2,\"name\":\"n\"}},7,{},"
              "{\"funcscope_category\":{\"id\":99999999999}},{\"funcscope_category\":{\"id\":-7}},"
              "{\"funcscope_category\":{\"id\":2}}]"));

    assert_int_equal(answer.kind, ANSWER_DONE);
    assert_int_equal(answer.scopes.count, 5);
    assert_memory_equal(answer.scopes.at, want, sizeof(want));
}

static void no_scopes_and_not_known_are_told_apart(void **state)
{
    (void)state;
    struct answer none, absent, other;

    decode(&none, CALL_AUTHORIZER_INFO, 200, QUERY(",\"func_info\":[]"));
    decode(&absent, CALL_AUTHORIZER_INFO, 200, QUERY(",\"func_info\":null"));
    decode(&other, CALL_AUTHORIZER_INFO, 200, QUERY(",\"func_info\":{}"));

    assert_non_null(none.scopes.at);
    assert_int_equal(none.scopes.count, 0);
    assert_null(absent.scopes.at);
    assert_null(other.scopes.at);
    assert_int_equal(other.kind, ANSWER_DONE);
}

static void a_refusal_gives_errcode_with_rid(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int32_t errcode;
        const char *rid;
    } cases[] = {
        {REFUSAL("61010"), 61010, RID},
        {REFUSAL("\"61010\""), 61010, RID},
        {REFUSAL("-1"), -1, RID},
        {REFUSAL("40001.0"), 40001, RID},
        {"{\"errcode\":61004,\"errmsg\":\"x requestIP: 1.2.3.4 rid:" RID " x\"}", 61004, RID},
        {"{\"errcode\":45009,\"errmsg\":\"reach max api daily quota limit\"," TOKENS "}", 45009,
         ""},
        {"{\"errcode\":-1,\"errmsg\":\"rid: " X64 "\"}", -1, ""},
        {"{\"errcode\":-1,\"errmsg\":\"rid: \"}", -1, ""},
        {"{\"errcode\":-1,\"errmsg\":7}", -1, ""},
        {"{\"errcode\":-1}", -1, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer answer;

        decode(&answer, CALL_AUTHORIZER_TOKEN, 200, cases[i].body);

        if (answer.kind != ANSWER_REFUSED || answer.errcode != cases[i].errcode)
            fail_msg("%s: kind %d errcode %d", cases[i].body, answer.kind, answer.errcode);
        expect_str(cases[i].body, rid_str(&answer.rid), cases[i].rid);
        assert_int_equal(answer.access_token.len, 0);
    }
}

static const struct garbled_case {
    enum wechat_call call;
    long status;
    const char *body, *detail; /* how it begins: what json-c says may vary */
} garbled[] = {
    {CALL_QUERY_AUTH, 502, "<html>SECRET</html>", "HTTP 502"},
    {CALL_QUERY_AUTH, 502, QUERY("," TOKENS), "HTTP 502"},
    {CALL_QUERY_AUTH, 404, "", "HTTP 404"},
    {CALL_QUERY_AUTH, 302, QUERY("," TOKENS), "HTTP 302"},
    {CALL_QUERY_AUTH, 200, "", "no JSON object in the body: empty"},
    {CALL_QUERY_AUTH, 200, " \r\n", "no JSON object in the body: empty"},
    {CALL_QUERY_AUTH, 200, "<html>SECRET</html>", "no JSON object in the body: no JSON object"},
    {CALL_QUERY_AUTH, 200, "[" QUERY("") "]", "no JSON object in the body: no JSON object"},
    {CALL_QUERY_AUTH, 200, "null", "no JSON object in the body: no JSON object"},
    {CALL_QUERY_AUTH, 200, "{\"authorization_info\":{\"a\":\"SECRET",
     "no JSON object in the body: cut short"},
    {CALL_QUERY_AUTH, 200, "{SECRET}", "no JSON object in the body: "},
    {CALL_QUERY_AUTH, 200, QUERY("") "SECRET",
     "no JSON object in the body: something behind the JSON object"},
    {CALL_QUERY_AUTH, 200, "{}", "no authorization_info.authorizer_appid"},
    {CALL_QUERY_AUTH, 200, "{\"authorization_info\":[]}", "no authorization_info.authorizer_appid"},
    {CALL_QUERY_AUTH, 200, "{\"authorization_info\":{\"authorizer_appid\":\"a b\"}}",
     "no authorization_info.authorizer_appid"},
    {CALL_QUERY_AUTH, 200, QUERY(",\"authorizer_access_token\":7"),
     "authorizer_access_token is not a string"},
    {CALL_QUERY_AUTH, 200, QUERY(",\"authorizer_refresh_token\":\"SECRET\\u0000\""),
     "authorizer_refresh_token is not a string"},
    {CALL_QUERY_AUTH, 200, QUERY(",\"authorizer_refresh_token\":\"SECRET\xC3(\""),
     "authorizer_refresh_token has bytes that are not printable ASCII"},
    {CALL_AUTHORIZER_TOKEN, 200, "{\"errcode\":\"SECRET\"}", "errcode is not a number"},
    {CALL_AUTHORIZER_TOKEN, 200, "{\"errcode\":99999999999}", "errcode is not a number"},
    {CALL_AUTHORIZER_TOKEN, 200, "{}", "no authorizer_access_token"},
    {CALL_AUTHORIZER_TOKEN, 200,
     "{\"authorizer_access_token\":\"\",\"authorizer_refresh_token\":\"SECRET\"}",
     "no authorizer_access_token"},
    {CALL_AUTHORIZER_TOKEN, 200, "{\"authorizer_access_token\":\"" X4096 "x\"}",
     "authorizer_access_token is longer than 4096 bytes"},
    {CALL_AUTHORIZER_INFO, 200,
     "{\"authorization_info\":{\"authorizer_refresh_token\":\"SECRET\"}}",
     "no authorization_info.authorizer_appid"},
    {CALL_AUTHORIZER_INFO, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}",
     "no authorization_info.authorizer_appid"},
};

static void what_is_no_reply_is_garbled_without_a_quote(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(garbled); i++) {
        const struct garbled_case *c = &garbled[i];
        struct answer answer;

        decode(&answer, c->call, c->status, c->body);

        if (answer.kind != ANSWER_GARBLED)
            fail_msg("%s: kind %d", c->body, answer.kind);
        if (!str_starts_with(str_of(answer.detail), str_of(c->detail)))
            fail_msg("%s: %s", c->body, answer.detail);
        if (answer.may_act_late != (c->status != 200))
            fail_msg("%ld %s: may_act_late %d", c->status, c->body, answer.may_act_late);
        assert_null(strstr(answer.detail, "SECRET"));
    }
}

static void an_errcode_counts_whatever_the_http_status(void **state)
{
    (void)state;
    struct answer answer;

    decode(&answer, CALL_QUERY_AUTH, 503, REFUSAL("-1"));
    assert_int_equal(answer.kind, ANSWER_REFUSED);
    assert_int_equal(answer.errcode, -1);
    assert_false(answer.may_act_late);

    decode(&answer, CALL_AUTHORIZER_TOKEN, 404, "{\"errcode\":0," TOKENS "}");
    assert_int_equal(answer.kind, ANSWER_DONE);
    assert_false(answer.may_act_late);
}

/* A reply with so many scopes; the caller frees it. */
static char *reply_with_scopes(size_t count)
{
    size_t max = 256 + 40 * count;
    char *body = malloc(max);
    assert_non_null(body);
    struct text text = {.at = body, .max = max};
    text_add(&text, STR("{\"authorization_info\":{\"authorizer_appid\":\"wxa\",\"func_info\":["));
    for (size_t i = 0; i < count; i++)
        text_format(&text, "%s{\"funcscope_category\":{\"id\":1}}", i ? "," : "");
    text_add(&text, STR("]}}"));
    (void)text_terminated(&text);
    return body;
}

static void the_limits_of_a_reply_are_kept(void **state)
{
    (void)state;
    char *most = reply_with_scopes(SCOPES_MAX);
    char *more = reply_with_scopes(SCOPES_MAX + 1);
    char *huge = calloc(1, REPLY_BYTES_MAX + 2);
    assert_non_null(huge);
    memset(huge, ' ', REPLY_BYTES_MAX + 1);
    struct answer answer;

    decode(&answer, CALL_QUERY_AUTH, 200, most);
    assert_int_equal(answer.kind, ANSWER_DONE);
    assert_int_equal(answer.scopes.count, SCOPES_MAX);

    decode(&answer, CALL_QUERY_AUTH, 200, more);
    assert_int_equal(answer.kind, ANSWER_GARBLED);
    assert_string_equal(answer.detail, "func_info has 257 entries, 256 are taken");

    decode(&answer, CALL_QUERY_AUTH, 200, huge);
    assert_string_equal(answer.detail, "HTTP 200 with a body above 65536 bytes");
    assert_false(answer.may_act_late);

    decode(&answer, CALL_QUERY_AUTH, 502, huge);
    assert_true(answer.may_act_late);
    free(most);
    free(more);
    free(huge);
}

static void a_reply_cut_anywhere_is_garbled(void **state)
{
    (void)state;
    static const char whole[] = QUERY("," TOKENS
                                      ",\"func_info\":[{\"funcscope_category\":{\"id\":1}}]");
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        char *exact = malloc(len + 1); /* so that a read behind the end is seen */
        assert_non_null(exact);
        memcpy(exact, whole, len);
        struct arena into = {.at = kept, .max = sizeof(kept)};
        struct answer answer;

        wechat_reply_decode(&answer, &into, CALL_QUERY_AUTH, 200, (struct str){exact, len});

        assert_int_equal(answer.kind, ANSWER_GARBLED);
        assert_int_equal(into.len, 0);
        free(exact);
    }
}

static void what_was_kept_outlives_the_body(void **state)
{
    (void)state;
    char body[] = "{" TOKENS "}";
    struct answer answer;

    decode(&answer, CALL_AUTHORIZER_TOKEN, 200, body);
    memset(body, 'x', sizeof(body));

    expect_str("access token", answer.access_token, "AT");
    assert_in_range((uintptr_t)answer.access_token.at, (uintptr_t)kept,
                    (uintptr_t)kept + sizeof(kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_success_gives_what_came),
        cmocka_unit_test(expires_in_is_brought_into_an_int64),
        cmocka_unit_test(scopes_stay_in_their_order),
        cmocka_unit_test(no_scopes_and_not_known_are_told_apart),
        cmocka_unit_test(a_refusal_gives_errcode_with_rid),
        cmocka_unit_test(what_is_no_reply_is_garbled_without_a_quote),
        cmocka_unit_test(an_errcode_counts_whatever_the_http_status),
        cmocka_unit_test(the_limits_of_a_reply_are_kept),
        cmocka_unit_test(a_reply_cut_anywhere_is_garbled),
        cmocka_unit_test(what_was_kept_outlives_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
