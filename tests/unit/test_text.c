#include "test.h"

#include "base/text.h"

static void pieces_follow_each_other(void **state)
{
    (void)state;
    char bytes[32];
    struct text text = TEXT_IN(bytes);

    text_add(&text, STR("a"));
    text_add(&text, str_of(NULL));
    text_add_char(&text, ':');
    text_add_int(&text, -12);
    text_format(&text, " %s", "b");

    assert_string_equal(text_terminated(&text), "a:-12 b");
    assert_false(text.cut);
}

static void what_does_not_fit_is_cut_and_remembered(void **state)
{
    (void)state;
    char bytes[4];
    struct text text = TEXT_IN(bytes);

    text_add(&text, STR("abc"));
    assert_false(text.cut);
    text_add(&text, STR("de"));

    assert_true(text.cut);
    assert_true(str_equal(text_str(&text), STR("abcd")));
    assert_string_equal(text_terminated(&text), "abc");
}

static void a_full_text_gives_its_last_byte_for_the_terminator(void **state)
{
    (void)state;
    char bytes[3];
    struct text text = TEXT_IN(bytes);

    text_add(&text, STR("abc"));

    assert_false(text.cut);
    assert_string_equal(text_terminated(&text), "ab");
    assert_true(text.cut);
}

static void a_format_that_does_not_fit_stays_inside(void **state)
{
    (void)state;
    char bytes[8];
    memset(bytes, '#', sizeof(bytes));
    struct text text = {.at = bytes, .max = 5};

    text_format(&text, "%s", "abcdefgh");
    assert_true(text.cut);
    assert_int_equal(text.len, 4);
    assert_string_equal(text_terminated(&text), "abcd");
    text_format(&text, "%d", 1);

    assert_memory_equal(bytes + 5, "###", 3);
    assert_true(text.len <= 5);
}

static void a_format_into_a_full_text_writes_nothing(void **state)
{
    (void)state;
    char bytes[4] = "abc#";
    struct text text = {.at = bytes, .len = 3, .max = 3};

    text_format(&text, "%s", "x");

    assert_true(text.cut);
    assert_int_equal(text.len, 3);
    assert_memory_equal(bytes, "abc#", 4);
}

static void numbers_are_written_to_their_limits(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {-10, "-10"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char bytes[32];
        struct text text = TEXT_IN(bytes);
        text_add_int(&text, cases[i].number);
        assert_string_equal(text_terminated(&text), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(what_does_not_fit_is_cut_and_remembered),
        cmocka_unit_test(a_full_text_gives_its_last_byte_for_the_terminator),
        cmocka_unit_test(a_format_that_does_not_fit_stays_inside),
        cmocka_unit_test(a_format_into_a_full_text_writes_nothing),
        cmocka_unit_test(numbers_are_written_to_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
