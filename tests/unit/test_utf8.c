#include "test.h"

#include "base/utf8.h"

static void the_length_of_the_first_character_is_told_if_it_is_utf_8(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        size_t len;
    } cases[] = {
        {STR(""), 0},
        {STR("a"), 1},
        {STR("\x7f"), 1},
        {STR("\x80"), 0},
        {STR("\xc1\xbf"), 0}, /* overlong */
        {STR("\xc2\x80z"), 2},
        {STR("\xc3"), 0}, /* cut short */
        {STR("\xc3z"), 0},
        {STR("\xe0\x9f\xbf"), 0}, /* overlong */
        {STR("\xe4\xb8\xad"), 3},
        {STR("\xed\x9f\xbf"), 3},
        {STR("\xed\xa0\x80"), 0},     /* a surrogate */
        {STR("\xf0\x8f\xbf\xbf"), 0}, /* overlong */
        {STR("\xf0\x9f\x98\x80"), 4},
        {STR("\xf4\x8f\xbf\xbf"), 4},
        {STR("\xf4\x90\x80\x80"), 0}, /* above U+10FFFF */
        {STR("\xf5\x80\x80\x80"), 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(utf8_len(cases[i].text), cases[i].len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_length_of_the_first_character_is_told_if_it_is_utf_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
