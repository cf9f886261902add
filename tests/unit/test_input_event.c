#include "test.h"

#include <stdio.h>
#include <string.h>

#include "wire/input_event.h"

#define RECORD_MS       1770000000500
#define RECORD_S        1770000000
#define CHANGE(members) "{\"component_appid\":\"wxc\"," members "}"
#define CODE            "\"authorization_code\":\"code@@@x\""
#define INFO            "\"info_type\":\"authorized\""
#define AUTHORIZED      INFO ",\"authorizer_appid\":\"wxa\"," CODE
#define PUSHED          INFO_AUTHORIZED, "wxa", "code@@@x"
#define NO_APPID        " is not an appid: 1 to 64 of A-Z a-z 0-9 _ -"
#define NO_TIME         " is not a unix time in seconds: 1 to 253402300799"
#define REFRESH         "\"authorizer_appid\":\"wxa\""
#define X16             "xxxxxxxxxxxxxxxx"
#define X64             X16 X16 X16 X16

static const struct input_rules no_component = {.topic_kind = INPUT_AUTHORIZATION_CHANGED};
static const struct input_rules refresh_topic = {.topic_kind = INPUT_REFRESH_DUE};

static char scratch_bytes[INPUT_BYTES_MAX];

/* The parts of a record that a test varies. The value is a terminated string. */
struct given {
    const char *value;
    const struct input_rules *rules;
    int64_t timestamp_ms;
};

static bool decode(struct input *input, const struct given *given, struct dead *dead)
{
    struct arena scratch = {.at = scratch_bytes, .max = sizeof(scratch_bytes)};
    struct record record = {
        .origin = {.topic = STR("t"), .timestamp_ms = given->timestamp_ms},
        .value = str_of(given->value),
    };
    return input_event_decode(input, &scratch, &record, given->rules, dead);
}

static bool decode_change(struct input *input, const char *value, struct dead *dead)
{
    struct given given = {value, &no_component, RECORD_MS};
    return decode(input, &given, dead);
}

static void expect_str(const char *what, struct str got, const char *want)
{
    if (!str_equal(got, str_of(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", what, STR_ARGS(got), want);
}

static void expect_int(const char *what, const char *member, int64_t got, int64_t want)
{
    if (got != want)
        fail_msg("%s: %s is %ld, want %ld", what, member, (long)got, (long)want);
}

static const struct change_case {
    const char *what, *value;
    enum info_type info_type;
    const char *authorizer, *code;
    int64_t create_time_s, code_expires_s;
} changes[] = {
    {"a push, whole",
     CHANGE(AUTHORIZED
            ",\"create_time\":1769999000,\"authorization_code_expired_time\":1770002000"),
     PUSHED, 1769999000, 1770002000},
    {"integers may come as strings",
     CHANGE(AUTHORIZED
            ",\"create_time\":\"1769999000\",\"authorization_code_expired_time\":\"1770002000\""),
     PUSHED, 1769999000, 1770002000},
    {"and as numbers with a point", CHANGE(AUTHORIZED ",\"create_time\":1769999000.0"), PUSHED,
     1769999000, 1770002600},
    {"a code lives an hour where nothing is said", CHANGE(AUTHORIZED ",\"create_time\":1769999000"),
     PUSHED, 1769999000, 1770002600},
    {"the record's timestamp stands in for create_time", CHANGE(AUTHORIZED), PUSHED, RECORD_S,
     RECORD_S + 3600},
    {"null is absent",
     CHANGE(AUTHORIZED ",\"create_time\":null,\"authorization_code_expired_time\":null"), PUSHED,
     RECORD_S, RECORD_S + 3600},
    {"a redirect carries only the code", CHANGE(INFO "," CODE), INFO_AUTHORIZED, "", "code@@@x",
     RECORD_S, RECORD_S + 3600},
    {"a code may have escapes",
     CHANGE("\"info_type\":\"updateauthorized\",\"authorization_code\":\"a\\/"
            "\\u0062\\n\xE4\xBD\xA0\""),
     INFO_UPDATEAUTHORIZED, "", "a/b\n\xE4\xBD\xA0", RECORD_S, RECORD_S + 3600},
    {"unauthorized needs no code",
     CHANGE("\"info_type\":\"unauthorized\",\"authorizer_appid\":\"wxa\""), INFO_UNAUTHORIZED,
     "wxa", "", RECORD_S, 0},
    {"unauthorized has no use for a code",
     CHANGE("\"info_type\":\"unauthorized\",\"authorizer_appid\":\"wxa\"," CODE), INFO_UNAUTHORIZED,
     "wxa", "", RECORD_S, 0},
    {"a day ahead is allowed", CHANGE(AUTHORIZED ",\"create_time\":1770086400"), PUSHED, 1770086400,
     1770090000},
    {"other members are ignored, the last of two counts",
     CHANGE("\"info_type\":7,\"x\":{\"y\":[1.5e300]}," AUTHORIZED), PUSHED, RECORD_S,
     RECORD_S + 3600},
    {"another info_type needs nothing more", CHANGE("\"info_type\":\"notify_third_fasteregister\""),
     INFO_OTHER, "", "", 0, 0},
    {"info types have a case", CHANGE("\"info_type\":\"Authorized\""), INFO_OTHER, "", "", 0, 0},
    {"a NUL in what nobody takes does no harm", CHANGE(AUTHORIZED ",\"nick_name\":\"a\\u0000b\""),
     PUSHED, RECORD_S, RECORD_S + 3600},
};

static void an_authorization_change_is_read_as_the_contract_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        const struct change_case *c = &changes[i];
        struct input input;
        struct dead dead = {.message = ""};

        if (!decode_change(&input, c->value, &dead))
            fail_msg("%s: %s", c->what, dead.message);

        expect_int(c->what, "kind", input.kind, INPUT_AUTHORIZATION_CHANGED);
        expect_int(c->what, "info_type", input.info_type, c->info_type);
        expect_str(c->what, appid_str(&input.component), "wxc");
        expect_str(c->what, appid_str(&input.authorizer), c->authorizer);
        expect_str(c->what, input.code, c->code);
        expect_int(c->what, "create_time", input.create_time_s, c->create_time_s);
        expect_int(c->what, "code expiry", input.code_expires_s, c->code_expires_s);
    }
}

static const struct refusal_case {
    const char *value, *message;
} change_refusals[] = {
    {CHANGE("\"a\":1"), "info_type is missing"},
    {CHANGE("\"info_type\":null"), "info_type is missing"},
    {CHANGE("\"info_type\":1"), "info_type is not a string"},
    {"{\"info_type\":\"authorized\"," CODE "}",
     "component_appid is missing, and component.appid is not set"},
    {"{\"component_appid\":7," AUTHORIZED "}", "component_appid is not a string"},
    {"{\"component_appid\":\"\"," AUTHORIZED "}", "component_appid" NO_APPID},
    {CHANGE(INFO ",\"authorizer_appid\":\"wx a\"," CODE), "authorizer_appid" NO_APPID},
    {CHANGE(INFO ",\"authorizer_appid\":\"" X64 "x\"," CODE), "authorizer_appid" NO_APPID},
    {CHANGE(INFO ",\"authorizer_appid\":\"wx\\u0000a\"," CODE), "authorizer_appid is not a string"},
    {CHANGE("\"info_type\":\"unauthorized\""), "authorizer_appid is missing"},
    {CHANGE(INFO ",\"authorizer_appid\":\"wxa\""), "authorization_code is missing"},
    {CHANGE("\"info_type\":\"updateauthorized\",\"authorization_code\":\"\""),
     "authorization_code is missing"},
    {CHANGE(INFO ",\"authorization_code\":12"), "authorization_code is not a string"},
    {CHANGE(INFO ",\"authorization_code\":\"a\\u0000b\""), "authorization_code is not a string"},
    {CHANGE(AUTHORIZED ",\"create_time\":\"soon\""),
     "create_time is not a whole number of seconds"},
    {CHANGE(AUTHORIZED ",\"create_time\":1.5"), "create_time is not a whole number of seconds"},
    {CHANGE(AUTHORIZED ",\"create_time\":0"), "create_time" NO_TIME},
    {CHANGE(AUTHORIZED ",\"create_time\":9223372036854775807"), "create_time" NO_TIME},
    {CHANGE(AUTHORIZED ",\"create_time\":1770086401"),
     "create_time is more than a day ahead of the record's timestamp"},
    {CHANGE(AUTHORIZED ",\"authorization_code_expired_time\":-1"),
     "authorization_code_expired_time" NO_TIME},
    {CHANGE(AUTHORIZED ",\"authorization_code_expired_time\":[]"),
     "authorization_code_expired_time is not a whole number of seconds"},
};

static const struct refusal_case refresh_refusals[] = {
    {CHANGE("\"version\":1"), "authorizer_appid is missing"},
    {CHANGE(REFRESH ",\"authorizer_appid\":[]"), "authorizer_appid is not a string"},
    {CHANGE(REFRESH ",\"version\":-1"), "version is negative"},
    {CHANGE(REFRESH ",\"version\":\"\""), "version is not a whole number"},
    {CHANGE(REFRESH ",\"version\":1e30"), "version is not a whole number"},
};

static void expect_refusal(const struct refusal_case *c, const struct input_rules *rules)
{
    struct given given = {c->value, rules, RECORD_MS};
    struct input input = {.version = 42};
    struct dead dead = {.message = ""};

    if (decode(&input, &given, &dead))
        fail_msg("%s: it is taken", c->value);

    assert_string_equal(dead.message, c->message);
    assert_int_equal(dead.reason, DEAD_INVALID_EVENT);
    assert_int_equal(input.version, 42);
}

static void what_is_wrong_is_told_with_the_member(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(change_refusals); i++)
        expect_refusal(&change_refusals[i], &no_component);
    for (size_t i = 0; i < COUNT_OF(refresh_refusals); i++)
        expect_refusal(&refresh_refusals[i], &refresh_topic);
}

static void a_record_without_a_timestamp_needs_a_create_time(void **state)
{
    (void)state;
    struct given without = {CHANGE(AUTHORIZED), &no_component, -1};
    struct given with = {CHANGE(AUTHORIZED ",\"create_time\":253402300799"), &no_component, -1};
    struct input input;
    struct dead dead;

    assert_false(decode(&input, &without, &dead));
    assert_string_equal(dead.message, "create_time is missing, and the record has no timestamp");
    assert_true(decode(&input, &with, &dead));
    assert_int_equal(input.create_time_s, 253402300799);
}

static void a_code_has_its_sha_256_for_a_digest(void **state)
{
    (void)state;
    static const uint8_t of_abc[DIGEST_BYTES] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                                 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                                 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                                 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    struct input input;
    struct dead dead;

    assert_true(decode_change(&input, CHANGE(INFO ",\"authorization_code\":\"abc\""), &dead));

    assert_memory_equal(input.code_digest, of_abc, DIGEST_BYTES);
}

static void no_message_quotes_a_code(void **state)
{
    (void)state;
    static const char *const values[] = {
        "{\"info_type\":\"authorized\",\"authorization_code\":\"SECRET\"}",
        CHANGE(INFO ",\"authorization_code\":\"SECRET\\u0000\""),
        CHANGE(INFO ",\"authorization_code\":[\"SECRET\"]"),
        CHANGE(
            "\"info_type\":\"authorized\",\"authorization_code\":\"SECRET\",\"create_time\":\"x\""),
        "{\"authorization_code\":\"SECRET",
        "{\"authorization_code\":SECRET}",
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct input input;
        struct dead dead;
        assert_false(decode_change(&input, values[i], &dead));
        assert_null(strstr(dead.message, "SECRET"));
    }
}

static void a_refresh_is_read_as_the_contract_says(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t version;
    } refreshes[] = {
        {CHANGE("\"authorizer_appid\":\"wxa\""), -1},
        {CHANGE("\"authorizer_appid\":\"wxa\",\"version\":null"), -1},
        {CHANGE("\"authorizer_appid\":\"wxa\",\"version\":0"), 0},
        {CHANGE("\"authorizer_appid\":\"wxa\",\"version\":\"17\""), 17},
        {CHANGE("\"authorizer_appid\":\"wxa\",\"version\":9223372036854775807"), INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(refreshes); i++) {
        struct given given = {refreshes[i].value, &refresh_topic, -1};
        struct input input;
        struct dead dead = {.message = ""};

        if (!decode(&input, &given, &dead))
            fail_msg("%s: %s", given.value, dead.message);

        assert_int_equal(input.kind, INPUT_REFRESH_DUE);
        expect_str(given.value, appid_str(&input.authorizer), "wxa");
        assert_int_equal(input.version, refreshes[i].version);
    }
}

static void an_event_that_names_no_component_has_the_one_of_the_settings(void **state)
{
    (void)state;
    struct input_rules rules = {.topic_kind = INPUT_REFRESH_DUE};
    assert_true(appid_set(&rules.component, STR("wxdefault")));
    struct given given = {"{\"authorizer_appid\":\"wxa\"}", &rules, RECORD_MS};
    struct input input;
    struct dead dead;

    assert_true(decode(&input, &given, &dead));

    expect_str("component", appid_str(&input.component), "wxdefault");
}

static bool decode_typed(struct input *input, const char *type, const char *parent,
                         struct dead *dead)
{
    char bytes[INPUT_BYTES_MAX];
    struct arena scratch = {.at = scratch_bytes, .max = sizeof(scratch_bytes)};
    (void)snprintf(bytes, sizeof(bytes),
                   "{\"specversion\":\"1.0\",\"type\":\"%s\",\"traceparent\":\"%s\","
                   "\"data\":" CHANGE(AUTHORIZED) "}",
                   type, parent);
    struct record_header headers[] = {{STR("content-type"), STR("application/cloudevents+json")}};
    struct record record = {
        .origin.timestamp_ms = RECORD_MS,
        .value = str_of(bytes),
        .header_count = 1,
        .headers = headers,
    };
    bool taken = input_event_decode(input, &scratch, &record, &refresh_topic, dead);
    memset(bytes, 0, sizeof(bytes)); /* nothing of a structured event may point into its bytes */
    return taken;
}

static void the_type_of_an_event_goes_before_its_topic(void **state)
{
    (void)state;
    static const char parent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct input input;
    struct dead dead;

    assert_true(decode_typed(&input, "wxtoken.authorization-changed.v1", parent, &dead));
    assert_int_equal(input.kind, INPUT_AUTHORIZATION_CHANGED);
    expect_str("code", input.code, "code@@@x");
    expect_str("traceparent", input.traceparent, parent);

    assert_true(decode_typed(&input, "wxtoken.refresh-due.v1", "none", &dead));
    assert_int_equal(input.kind, INPUT_REFRESH_DUE);
    assert_null(input.traceparent.at);
}

static void a_type_that_is_not_ours_is_told_apart(void **state)
{
    (void)state;
    struct input input;
    struct dead dead;

    assert_false(decode_typed(&input, "wxtoken.refresh-due.v2", "", &dead));

    assert_int_equal(dead.reason, DEAD_UNKNOWN_TYPE);
    assert_string_equal(dead.message, "type \"wxtoken.refresh-due.v2\" is not one of ours");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authorization_change_is_read_as_the_contract_says),
        cmocka_unit_test(what_is_wrong_is_told_with_the_member),
        cmocka_unit_test(a_record_without_a_timestamp_needs_a_create_time),
        cmocka_unit_test(a_code_has_its_sha_256_for_a_digest),
        cmocka_unit_test(no_message_quotes_a_code),
        cmocka_unit_test(a_refresh_is_read_as_the_contract_says),
        cmocka_unit_test(an_event_that_names_no_component_has_the_one_of_the_settings),
        cmocka_unit_test(the_type_of_an_event_goes_before_its_topic),
        cmocka_unit_test(a_type_that_is_not_ours_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
