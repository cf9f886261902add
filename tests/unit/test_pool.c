#include "base/pool.h"

#include "test.h"

static void slots_are_bounded_and_the_last_given_is_taken_first(void **state)
{
    (void)state;
    void *memory[2][2];
    struct pool pool;
    pool_init(&pool, memory, sizeof(memory[0]), 2);

    void *first = pool_alloc(&pool);
    void *second = pool_alloc(&pool);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    assert_null(pool_alloc(&pool));
    assert_int_equal(pool_room(&pool), 0);

    pool_free(&pool, first);
    pool_free(&pool, second);

    assert_ptr_equal(pool_alloc(&pool), second);
    assert_ptr_equal(pool_alloc(&pool), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_bounded_and_the_last_given_is_taken_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
