#include "engine/frontier.h"

#include "test.h"

enum { ENTRIES = 4 };

/* A partition whose offsets 10, 11, 12 and 20 were taken. Those between 12 and 20 do not exist. */
struct taken {
    struct frontier frontier;
    struct frontier_entry entries[ENTRIES];
};

static void take_four(struct taken *taken)
{
    static const int64_t offsets[ENTRIES] = {10, 11, 12, 20};
    frontier_init(&taken->frontier);
    for (size_t i = 0; i < ENTRIES; i++)
        frontier_take(&taken->frontier, &taken->entries[i], offsets[i]);
}

static void nothing_taken_is_no_position(void **state)
{
    (void)state;
    struct frontier frontier;

    frontier_init(&frontier);

    assert_int_equal(frontier_position(&frontier), FRONTIER_NONE);
}

static void an_unfinished_record_holds_the_frontier_back(void **state)
{
    (void)state;
    struct taken taken;
    take_four(&taken);

    frontier_finish(&taken.frontier, &taken.entries[1]);
    frontier_finish(&taken.frontier, &taken.entries[3]);

    assert_int_equal(frontier_position(&taken.frontier), 10);
    assert_int_equal(taken.frontier.highest_finished, 20);
}

static void the_frontier_jumps_over_what_is_finished_and_what_never_came(void **state)
{
    (void)state;
    struct taken taken;
    take_four(&taken);

    frontier_finish(&taken.frontier, &taken.entries[2]);
    frontier_finish(&taken.frontier, &taken.entries[1]);
    frontier_finish(&taken.frontier, &taken.entries[0]);

    assert_int_equal(frontier_position(&taken.frontier), 20);
}

static void all_finished_is_the_offset_after_the_last_taken(void **state)
{
    (void)state;
    struct taken taken;
    take_four(&taken);

    for (size_t i = 0; i < ENTRIES; i++)
        frontier_finish(&taken.frontier, &taken.entries[i]);

    assert_int_equal(frontier_position(&taken.frontier), 21);
}

static void a_returned_record_is_read_again(void **state)
{
    (void)state;
    struct taken taken;
    take_four(&taken);
    frontier_finish(&taken.frontier, &taken.entries[0]);
    frontier_finish(&taken.frontier, &taken.entries[1]);

    frontier_return(&taken.frontier, &taken.entries[3]);
    frontier_return(&taken.frontier, &taken.entries[2]);

    assert_int_equal(frontier_position(&taken.frontier), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_taken_is_no_position),
        cmocka_unit_test(an_unfinished_record_holds_the_frontier_back),
        cmocka_unit_test(the_frontier_jumps_over_what_is_finished_and_what_never_came),
        cmocka_unit_test(all_finished_is_the_offset_after_the_last_taken),
        cmocka_unit_test(a_returned_record_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
