#include "base/table.h"

#include "test.h"

static void entries_are_found_by_their_bytes_until_removed(void **state)
{
    (void)state;
    struct list buckets[2]; /* fewer than entries: chains */
    struct table table;
    struct table_entry entries[3];
    static const char *const keys[] = {"a", "ab", "b"};
    table_init(&table, buckets, 2);
    for (size_t i = 0; i < 3; i++)
        table_add(&table, &entries[i], str_of(keys[i]));

    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(table_find(&table, str_of(keys[i])), &entries[i]);
    assert_null(table_find(&table, STR("")));

    table_remove(&table, &entries[1]);

    assert_null(table_find(&table, STR("ab")));
    assert_ptr_equal(table_find(&table, STR("a")), &entries[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_by_their_bytes_until_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
