#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "wire/dead_letter.h"

static const struct record_header old_headers[] = {
    {{"a\0b", 3}, {"\xFF\0", 2}},
    {{"null", 4}, {NULL, 0}},
    {{"wxtoken-dlq-reason", 18}, {"older", 5}},
};
static const struct record a_record = {
    .origin = {{"refresh-due", 11},
               .partition = 3,
               .offset = 4611686018427387904,
               .timestamp_ms = 1770000000500},
    .key = {"k\0", 2},
    .value = {"not json\0", 9},
    .header_count = 3,
    .headers = old_headers,
};
static const struct dead a_death = {.reason = DEAD_INVALID_EVENT,
                                    .message = "info_type is missing"};

/* Encodes a letter into exactly as many bytes as it asks for. The caller frees them. */
static char *encode(struct message *message, const struct dead_letter *letter)
{
    size_t max = dead_letter_bytes(letter);
    char *bytes = malloc(max);
    assert_non_null(bytes);
    struct arena into = {.at = bytes, .max = max};
    dead_letter_encode(message, &into, letter);
    return bytes;
}

static void expect_str(struct str got, struct str want)
{
    if ((got.at && want.at) ? !str_equal(got, want) : got.at != want.at)
        fail_msg("got %.*s, want %.*s", STR_ARGS(got), STR_ARGS(want));
}

static void expect_new_headers(const struct message *message, size_t first,
                               const char *const (*want)[2])
{
    for (size_t i = first; i < message->header_count; i++, want++) {
        expect_str(message->headers[i].name, str_of((*want)[0]));
        expect_str(message->headers[i].value, str_of((*want)[1]));
    }
}

static void a_letter_keeps_the_record_byte_for_byte(void **state)
{
    (void)state;
    struct dead_letter letter = {.record = &a_record, .dead = &a_death};
    struct message message;

    char *bytes = encode(&message, &letter);

    expect_str(message.key, a_record.key);
    expect_str(message.value, a_record.value);
    for (size_t i = 0; i < a_record.header_count; i++) {
        expect_str(message.headers[i].name, old_headers[i].name);
        expect_str(message.headers[i].value, old_headers[i].value);
    }
    free(bytes);
}

static void a_letter_says_where_why_behind_the_old_headers(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        {"wxtoken-dlq-reason", "invalid-event"},
        {"wxtoken-dlq-message", "info_type is missing"},
        {"wxtoken-dlq-topic", "refresh-due"},
        {"wxtoken-dlq-partition", "3"},
        {"wxtoken-dlq-offset", "4611686018427387904"},
        {"wxtoken-dlq-timestamp", "1770000000500"},
        {"wxtoken-dlq-attempts", "0"},
    };
    struct dead_letter letter = {.record = &a_record, .dead = &a_death};
    struct message message;

    char *bytes = encode(&message, &letter);

    assert_int_equal(message.header_count, 3 + 7);
    expect_new_headers(&message, 3, want);
    free(bytes);
}

static void what_wechat_answered_is_added(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        {"wxtoken-dlq-reason", "code-spent"},
        {"wxtoken-dlq-message", ""},
        {"wxtoken-dlq-topic", ""},
        {"wxtoken-dlq-partition", "-2147483648"},
        {"wxtoken-dlq-offset", "-9223372036854775808"},
        {"wxtoken-dlq-timestamp", "-9223372036854775808"},
        {"wxtoken-dlq-attempts", "4294967295"},
        {"wxtoken-dlq-errcode", "-2147483648"},
        {"wxtoken-dlq-rid", "6351110b-2b7c4d5e-0f1a2b3c"},
        {"wxtoken-dlq-truncated", "true"},
    };
    const struct record longest = {
        .origin = {STR(""), .partition = INT32_MIN, .offset = INT64_MIN, .timestamp_ms = INT64_MIN},
        .value = STR("v"),
    };
    struct dead_letter letter = {
        .record = &longest,
        .dead = &(const struct dead){.reason = DEAD_CODE_SPENT},
        .attempts = UINT32_MAX,
        .errcode = INT32_MIN,
        .rid = STR("6351110b-2b7c4d5e-0f1a2b3c"),
        .without_value = true,
    };
    struct message message;

    char *bytes = encode(&message, &letter);

    assert_int_equal(message.header_count, 10);
    expect_new_headers(&message, 0, want);
    assert_null(message.key.at);
    assert_null(message.value.at);
    free(bytes);
}

static void the_longest_texts_fit_the_stated_bytes(void **state)
{
    (void)state;
    static char texts[TOPIC_LEN_MAX];
    struct dead death = {.reason = DEAD_REFUSED};
    memset(texts, 't', sizeof(texts));
    memset(death.message, 'm', sizeof(death.message) - 1);
    const struct record record = {
        .origin = {{texts, sizeof(texts)}, INT32_MIN, INT64_MIN, INT64_MIN},
    };
    struct dead_letter letter = {
        .record = &record,
        .dead = &death,
        .attempts = UINT32_MAX,
        .errcode = INT32_MIN,
        .rid = {texts, 48},
    };
    struct message message;

    char *bytes = encode(&message, &letter);

    assert_int_equal(message.headers[1].value.len, sizeof(death.message) - 1);
    assert_int_equal(message.headers[2].value.len, TOPIC_LEN_MAX);
    free(bytes);
}

static void a_null_value_and_an_empty_one_stay_what_they_are(void **state)
{
    (void)state;
    const struct record none = {.origin.topic = STR("t")};
    const struct record empty = {.origin.topic = STR("t"), .key = STR(""), .value = STR("")};
    struct dead_letter letter = {.record = &none, .dead = &a_death};
    struct message message;

    char *bytes = encode(&message, &letter);
    assert_null(message.key.at);
    assert_null(message.value.at);
    free(bytes);

    letter.record = &empty;
    bytes = encode(&message, &letter);
    assert_non_null(message.key.at);
    assert_non_null(message.value.at);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_keeps_the_record_byte_for_byte),
        cmocka_unit_test(a_letter_says_where_why_behind_the_old_headers),
        cmocka_unit_test(what_wechat_answered_is_added),
        cmocka_unit_test(the_longest_texts_fit_the_stated_bytes),
        cmocka_unit_test(a_null_value_and_an_empty_one_stay_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
