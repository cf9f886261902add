#include "test.h"

#include "base/str.h"

static void an_absent_view_equals_an_empty_one(void **state)
{
    (void)state;
    struct str absent = str_of(NULL);

    assert_null(absent.at);
    assert_true(str_is_empty(absent));
    assert_true(str_equal(absent, STR("")));
    assert_true(str_starts_with(absent, absent));
    assert_false(str_equal(absent, STR("a")));
}

static void bytes_are_compared_with_their_nuls(void **state)
{
    (void)state;

    assert_true(str_equal(STR("a\0b"), STR("a\0b")));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_false(str_equal(STR("a"), STR("a\0")));
}

static void a_prefix_is_found_only_at_the_front(void **state)
{
    (void)state;

    assert_true(str_starts_with(STR("kafka.acks"), STR("kafka.")));
    assert_true(str_starts_with(STR("kafka."), STR("kafka.")));
    assert_true(str_starts_with(STR("kafka"), STR("")));
    assert_false(str_starts_with(STR("kafka"), STR("kafka.")));
    assert_false(str_starts_with(STR("akafka."), STR("kafka.")));
    assert_false(str_starts_with((struct str){.at = "kafka.", .len = 5}, STR("kafka.")));
}

static void numbers_are_read_to_their_limits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t number;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t number = 42;
        assert_true(str_to_int64(str_of(cases[i].text), &number));
        assert_true(number == cases[i].number);
    }
}

static void what_is_no_number_changes_nothing(void **state)
{
    (void)state;
    static const char *const cases[] = {
        NULL,
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "--1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "1e3",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t number = 42;
        assert_false(str_to_int64(str_of(cases[i]), &number));
        assert_int_equal(number, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_view_equals_an_empty_one),
        cmocka_unit_test(bytes_are_compared_with_their_nuls),
        cmocka_unit_test(a_prefix_is_found_only_at_the_front),
        cmocka_unit_test(numbers_are_read_to_their_limits),
        cmocka_unit_test(what_is_no_number_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
