#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "wire/token_updated.h"

static char bytes[TOKEN_UPDATED_BYTES_MAX];
static const int32_t scopes[] = {1, 15, 4};

static struct authorizer a_row(void)
{
    struct authorizer row = {
        .status = STATUS_AUTHORIZED,
        .version = 18,
        .access_token = STR("61_\"AT\""),
        .refresh_token = STR("REFRESH-SECRET"),
        .expires_at_s = 1770000000,
        .scopes = {scopes, 3},
        .updated_at_us = 1767323045123456,
    };
    assert_true(appid_set(&row.authorizer, STR("wxa")));
    return row;
}

static struct token_updated an_event(const struct authorizer *row)
{
    struct token_updated event = {.row = row};
    assert_true(appid_set(&event.component, STR("wxc")));
    return event;
}

static void encode(struct message *message, const struct token_updated *event)
{
    struct arena into = {.at = bytes, .max = sizeof(bytes)};
    token_updated_encode(message, &into, event);
}

static void expect_str(struct str got, const char *want)
{
    if (!got.at || !str_equal(got, str_of(want)))
        fail_msg("got %.*s, want %s", STR_ARGS(got), want);
}

static void a_message_has_key_headers_value_of_the_contract(void **state)
{
    (void)state;
    static const char *const headers[][2] = {
        {"ce_specversion", "1.0"},
        {"ce_type", "wxtoken.token-updated.v1"},
        {"ce_source", "/wxtoken/wxc"},
        {"ce_subject", "wxc/wxa"},
        {"ce_id", "wxc/wxa/18"},
        {"ce_time", "2026-01-02T03:04:05.123456Z"},
        {"content-type", "application/json"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    };
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    row.traceparent = STR("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    encode(&message, &event);

    expect_str(message.key, "wxc/wxa");
    expect_str(message.value, "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\","
                              "\"status\":\"authorized\",\"version\":18,"
                              "\"expires_at\":1770000000,\"func_scopes\":[1,15,4]}");
    assert_int_equal(message.header_count, 8);
    for (size_t i = 0; i < 8; i++) {
        expect_str(message.headers[i].name, headers[i][0]);
        expect_str(message.headers[i].value, headers[i][1]);
    }
}

static void without_a_traceparent_there_is_no_header_for_it(void **state)
{
    (void)state;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    encode(&message, &event);

    assert_int_equal(message.header_count, 7);
}

static void what_is_not_known_is_null(void **state)
{
    (void)state;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    row.status = STATUS_REAUTHORIZATION_REQUIRED;
    row.expires_at_s = 0;
    row.scopes = (struct scopes){NULL, 0};
    encode(&message, &event);

    expect_str(message.value, "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\","
                              "\"status\":\"reauthorization_required\",\"version\":18,"
                              "\"expires_at\":null,\"func_scopes\":null}");
}

static void an_expiry_without_a_token_is_null(void **state)
{
    (void)state;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    row.status = STATUS_UNAUTHORIZED;
    row.access_token = (struct str){0};
    row.scopes.count = 0;
    event.includes_access_token = true;
    encode(&message, &event);

    expect_str(message.value, "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\","
                              "\"status\":\"unauthorized\",\"version\":18,"
                              "\"expires_at\":null,\"func_scopes\":[],"
                              "\"authorizer_access_token\":null}");
}

static void the_access_token_comes_last_where_it_is_asked_for(void **state)
{
    (void)state;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    event.includes_access_token = true;
    encode(&message, &event);

    expect_str(message.value, "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\","
                              "\"status\":\"authorized\",\"version\":18,"
                              "\"expires_at\":1770000000,\"func_scopes\":[1,15,4],"
                              "\"authorizer_access_token\":\"61_\\\"AT\\\"\"}");
}

static void times_are_written_in_utc_with_microseconds(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1709164800000007, "2024-02-29T00:00:00.000007Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999999Z"},
        {INT64_MIN, "1970-01-01T00:00:00.000000Z"},
    };
    assert_int_equal(setenv("TZ", "Asia/Shanghai", 1),
                     0); /* the zone of the machine is no matter */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct authorizer row = a_row();
        struct token_updated event = an_event(&row);
        struct message message;

        row.updated_at_us = cases[i].us;
        encode(&message, &event);

        expect_str(message.headers[5].value, cases[i].text);
    }
}

static void the_largest_row_fits_the_stated_bytes(void **state)
{
    (void)state;
    static char token[TOKEN_LEN_MAX];
    static int32_t most[SCOPES_MAX];
    static char appid[APPID_LEN_MAX];
    memset(token, '\x01', sizeof(token));
    memset(appid, 'a', sizeof(appid));
    for (size_t i = 0; i < SCOPES_MAX; i++)
        most[i] = INT32_MIN;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;

    row.version = INT64_MAX;
    row.status = STATUS_REAUTHORIZATION_REQUIRED;
    row.expires_at_s = INT64_MIN;
    row.access_token = (struct str){token, sizeof(token)};
    row.scopes = (struct scopes){most, SCOPES_MAX};
    assert_true(appid_set(&row.authorizer, (struct str){appid, sizeof(appid)}));
    event.component = row.authorizer;
    row.traceparent = STR("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    event.includes_access_token = true;
    encode(&message, &event);

    assert_int_equal(message.value.at[message.value.len - 1], '}');
    expect_str(message.headers[7].name, "traceparent");
}

static void a_refresh_token_is_never_written(void **state)
{
    (void)state;
    struct authorizer row = a_row();
    struct token_updated event = an_event(&row);
    struct message message;
    memset(bytes, 0, sizeof(bytes));

    event.includes_access_token = true;
    encode(&message, &event);

    assert_null(memmem(bytes, sizeof(bytes), "SECRET", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_key_headers_value_of_the_contract),
        cmocka_unit_test(without_a_traceparent_there_is_no_header_for_it),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(an_expiry_without_a_token_is_null),
        cmocka_unit_test(the_access_token_comes_last_where_it_is_asked_for),
        cmocka_unit_test(times_are_written_in_utc_with_microseconds),
        cmocka_unit_test(the_largest_row_fits_the_stated_bytes),
        cmocka_unit_test(a_refresh_token_is_never_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
