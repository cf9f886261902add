#include "test.h"

#include <string.h>

#include "wire/wechat_request.h"

static const struct wechat_request query_auth = {
    .call = CALL_QUERY_AUTH,
    .component_token = {"61_abc-DEF", 10},
    .component_appid = {"wxc", 3},
    .secret = {"queryauthcode@@@x", 17},
};
static const struct wechat_request authorizer_token = {
    .call = CALL_AUTHORIZER_TOKEN,
    .component_token = {"t", 1},
    .component_appid = {"wxc", 3},
    .authorizer_appid = {"wxa", 3},
    .secret = {"refreshtoken@@@y", 16},
};
static const struct wechat_request authorizer_info = {
    .call = CALL_AUTHORIZER_INFO,
    .component_token = {"t", 1},
    .component_appid = {"wxc", 3},
    .authorizer_appid = {"wxa", 3},
};

static char bytes[REQUEST_BODY_MAX + REQUEST_URL_MAX];

static const char *body_of(const struct wechat_request *request)
{
    struct text body = TEXT_IN(bytes);
    wechat_request_body(&body, request);
    return text_terminated(&body);
}

static const char *url_of(const struct wechat_request *request, const char *base,
                          const char *parameter)
{
    struct text url = TEXT_IN(bytes);
    wechat_request_url(&url, request, str_of(base), str_of(parameter));
    return text_terminated(&url);
}

static void a_body_has_exactly_the_documented_members(void **state)
{
    (void)state;
    assert_string_equal(
        body_of(&query_auth),
        "{\"component_appid\":\"wxc\",\"authorization_code\":\"queryauthcode@@@x\"}");
    assert_string_equal(body_of(&authorizer_token),
                        "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\","
                        "\"authorizer_refresh_token\":\"refreshtoken@@@y\"}");
    assert_string_equal(body_of(&authorizer_info),
                        "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\"}");
}

static void a_url_names_the_call_and_the_parameter(void **state)
{
    (void)state;
    assert_string_equal(
        url_of(&query_auth, "https://api.weixin.qq.com", "access_token"),
        "https://api.weixin.qq.com/cgi-bin/component/api_query_auth?access_token=61_abc-DEF");
    assert_string_equal(
        url_of(&authorizer_token, "http://127.0.0.1:8080/", "component_access_token"),
        "http://127.0.0.1:8080/cgi-bin/component/api_authorizer_token?component_access_token=t");
    assert_string_equal(url_of(&authorizer_info, "http://h/prefix", "a b"),
                        "http://h/prefix/cgi-bin/component/api_get_authorizer_info?a%20b=t");
}

static void all_but_unreserved_bytes_of_a_token_are_percent_encoded(void **state)
{
    (void)state;
    struct wechat_request request = authorizer_info;
    request.component_token = STR("aZ09-._~ @&=#%/+?\"\xE4\xBD\xA0");

    assert_string_equal(url_of(&request, "http://h", "p"),
                        "http://h/cgi-bin/component/api_get_authorizer_info?p="
                        "aZ09-._~%20%40%26%3D%23%25%2F%2B%3F%22%E4%BD%A0");
}

static void a_secret_cannot_leave_its_string(void **state)
{
    (void)state;
    struct wechat_request request = query_auth;
    request.secret = (struct str){"a\"\\/\n\x1f\0\x7f\xE4\xBD\xA0", 11};

    assert_string_equal(body_of(&request), "{\"component_appid\":\"wxc\",\"authorization_code\":"
                                           "\"a\\\"\\\\/\\u000A\\u001F\\u0000\x7f\xE4\xBD\xA0\"}");
}

static void the_longest_of_all_fits_the_stated_limits(void **state)
{
    (void)state;
    static char token[TOKEN_LEN_MAX];
    static char appid[APPID_LEN_MAX];
    memset(token, '\x01', sizeof(token));
    memset(appid, 'a', sizeof(appid));
    struct wechat_request request = {
        .call = CALL_AUTHORIZER_TOKEN,
        .component_token = {token, sizeof(token)},
        .component_appid = {appid, sizeof(appid)},
        .authorizer_appid = {appid, sizeof(appid)},
        .secret = {token, sizeof(token)},
    };
    struct text body = {.at = bytes, .max = REQUEST_BODY_MAX};
    struct text url = {.at = bytes, .max = REQUEST_URL_MAX};

    wechat_request_body(&body, &request);
    assert_false(body.cut);
    wechat_request_url(&url, &request, STR("https://api.weixin.qq.com"),
                       STR("component_access_token"));
    assert_false(url.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_has_exactly_the_documented_members),
        cmocka_unit_test(a_url_names_the_call_and_the_parameter),
        cmocka_unit_test(all_but_unreserved_bytes_of_a_token_are_percent_encoded),
        cmocka_unit_test(a_secret_cannot_leave_its_string),
        cmocka_unit_test(the_longest_of_all_fits_the_stated_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
