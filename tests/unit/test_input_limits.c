#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/input_event.h"

#define REFRESH "{\"component_appid\":\"wxc\",\"authorizer_appid\":\"wxa\"}"
#define CHANGE                                                                                     \
    "{\"component_appid\":\"wxc\",\"info_type\":\"authorized\",\"authorization_code\":\"%.*s\"}"
#define RECORD_MS 1770000000500

static const struct input_rules change_topic = {.topic_kind = INPUT_AUTHORIZATION_CHANGED};
static const struct input_rules refresh_topic = {.topic_kind = INPUT_REFRESH_DUE};

static char scratch_bytes[INPUT_BYTES_MAX];

static bool decode(const struct record *record, const struct input_rules *rules, struct dead *dead)
{
    struct arena scratch = {.at = scratch_bytes, .max = sizeof(scratch_bytes)};
    struct input input;
    return input_event_decode(&input, &scratch, record, rules, dead);
}

static void a_value_above_64_kib_is_too_large(void **state)
{
    (void)state;
    static char value[RECORD_VALUE_MAX + 1];
    memset(value, ' ', sizeof(value));
    memcpy(value, REFRESH, sizeof(REFRESH) - 1);
    struct record record = {.value = {value, RECORD_VALUE_MAX}};
    struct dead dead;

    assert_true(decode(&record, &refresh_topic, &dead));

    record.value.len++;
    assert_false(decode(&record, &refresh_topic, &dead));
    assert_int_equal(dead.reason, DEAD_TOO_LARGE);
    assert_string_equal(dead.message, "the value has 65537 bytes, 65536 are taken");
}

static void key_and_headers_above_64_kib_are_too_large(void **state)
{
    (void)state;
    static char bytes[RECORD_VALUE_MAX];
    struct record_header header = {STR("h"), {bytes, sizeof(bytes) - 2}};
    struct record record = {
        .key = STR("k"),
        .value = STR(REFRESH),
        .header_count = 1,
        .headers = &header,
    };
    struct dead dead;

    assert_true(decode(&record, &refresh_topic, &dead));

    record.key = STR("kk");
    assert_false(decode(&record, &refresh_topic, &dead));
    assert_int_equal(dead.reason, DEAD_TOO_LARGE);
    assert_string_equal(dead.message, "key and headers have 65537 bytes, 65536 are taken");
}

static void a_code_above_1_kib_is_refused(void **state)
{
    (void)state;
    char value[CODE_LEN_MAX + 200];
    char code[CODE_LEN_MAX + 1];
    struct dead dead;
    memset(code, 'c', sizeof(code));

    for (int len = CODE_LEN_MAX; len <= CODE_LEN_MAX + 1; len++) {
        (void)snprintf(value, sizeof(value), CHANGE, len, code);
        struct record record = {.value = str_of(value), .origin.timestamp_ms = RECORD_MS};
        assert_int_equal(decode(&record, &change_topic, &dead), len == CODE_LEN_MAX);
    }

    assert_int_equal(dead.reason, DEAD_INVALID_EVENT);
    assert_string_equal(dead.message, "authorization_code is longer than 1024 bytes");
}

static void the_longest_code_with_a_traceparent_fits_the_scratch(void **state)
{
    (void)state;
    char value[CODE_LEN_MAX + 200];
    char code[CODE_LEN_MAX];
    memset(code, 'c', sizeof(code));
    (void)snprintf(value, sizeof(value), CHANGE, CODE_LEN_MAX, code);
    struct record_header header = {STR("traceparent"),
                                   STR("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")};
    struct record record = {
        .value = str_of(value),
        .origin.timestamp_ms = RECORD_MS,
        .header_count = 1,
        .headers = &header,
    };
    struct dead dead;

    assert_true(decode(&record, &change_topic, &dead));
}

static void what_is_refused_late_leaves_nothing_behind(void **state)
{
    (void)state;
    struct arena scratch = {.at = scratch_bytes, .max = sizeof(scratch_bytes)};
    struct record record = {
        .value = STR("{\"component_appid\":\"wxc\",\"info_type\":\"authorized\","
                     "\"authorization_code\":\"c\",\"authorization_code_expired_time\":\"x\"}"),
        .origin.timestamp_ms = RECORD_MS,
    };
    struct input input;
    struct dead dead;

    assert_false(input_event_decode(&input, &scratch, &record, &change_topic, &dead));

    assert_int_equal(scratch.len, 0);
}

static void a_value_cut_anywhere_is_refused_and_leaves_nothing_behind(void **state)
{
    (void)state;
    char whole[200];
    int whole_len = snprintf(whole, sizeof(whole), CHANGE, 4, "code");
    for (size_t len = 0; len < (size_t)whole_len; len++) {
        char *exact = malloc(len ? len : 1); /* a read past the end is seen */
        assert_non_null(exact);
        memcpy(exact, whole, len);
        struct arena scratch = {.at = scratch_bytes, .max = sizeof(scratch_bytes)};
        struct record record = {.value = {exact, len}, .origin.timestamp_ms = RECORD_MS};
        struct input input;
        struct dead dead;

        assert_false(input_event_decode(&input, &scratch, &record, &change_topic, &dead));
        assert_int_equal(scratch.len, 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_above_64_kib_is_too_large),
        cmocka_unit_test(key_and_headers_above_64_kib_are_too_large),
        cmocka_unit_test(a_code_above_1_kib_is_refused),
        cmocka_unit_test(the_longest_code_with_a_traceparent_fits_the_scratch),
        cmocka_unit_test(what_is_refused_late_leaves_nothing_behind),
        cmocka_unit_test(a_value_cut_anywhere_is_refused_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
