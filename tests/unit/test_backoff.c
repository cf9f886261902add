#include "engine/backoff.h"

#include "test.h"

static void the_longest_wait_doubles_up_to_the_limit(void **state)
{
    (void)state;
    static const struct {
        uint32_t tries;
        ms_t limit_ms, longest_ms;
    } cases[] = {
        {1, 15000, 200},   {2, 15000, 400},      {3, 15000, 800}, {7, 15000, 12800},
        {8, 15000, 15000}, {4000, 15000, 15000}, {1, 50, 50},     {1, 0, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ms_t longest = cases[i].longest_ms;

        assert_int_equal(backoff_ms(cases[i].tries, cases[i].limit_ms, (uint64_t)longest - 1),
                         longest);
        assert_int_equal(backoff_ms(cases[i].tries, cases[i].limit_ms, (uint64_t)longest), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_wait_doubles_up_to_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
