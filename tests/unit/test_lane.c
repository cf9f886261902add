#include "engine/lane.h"

#include "test.h"

enum { MEMBERS = 4, LANES = 4, BUCKETS = 3 };

struct lanes_of_test {
    struct lanes lanes;
    struct lane memory[LANES];
    struct list buckets[BUCKETS];
    struct lane_member members[MEMBERS];
    struct lane_key key;
};

static void set_up(struct lanes_of_test *test)
{
    *test = (struct lanes_of_test){0};
    pool_init(&test->lanes.pool, test->memory, sizeof(struct lane), LANES);
    table_init(&test->lanes.table, test->buckets, BUCKETS);
    for (size_t i = 0; i < MEMBERS; i++)
        link_init(&test->members[i].in_lane);
    struct appid component = {.len = 3, .at = "wxc"};
    struct appid authorizer = {.len = 3, .at = "wxa"};
    test->key = lane_key_of_authorizer(&component, &authorizer);
}

static void the_first_to_enter_heads_the_lane(void **state)
{
    (void)state;
    struct lanes_of_test test;
    set_up(&test);

    lane_enter(&test.lanes, &test.members[0], &test.key);
    lane_enter(&test.lanes, &test.members[1], &test.key);

    assert_true(lane_is_headed_by(&test.members[0]));
    assert_false(lane_is_headed_by(&test.members[1]));
    assert_ptr_equal(test.members[0].lane, test.members[1].lane);
}

static void leaving_gives_the_next_head_and_frees_an_empty_lane(void **state)
{
    (void)state;
    struct lanes_of_test test;
    set_up(&test);
    lane_enter(&test.lanes, &test.members[0], &test.key);
    lane_enter(&test.lanes, &test.members[1], &test.key);

    assert_ptr_equal(lane_leave(&test.lanes, &test.members[0]), &test.members[1]);
    assert_null(lane_leave(&test.lanes, &test.members[1]));

    assert_int_equal(test.lanes.pool.count, 0);
}

static void one_that_joins_goes_in_front_of_those_that_wait(void **state)
{
    (void)state;
    struct lanes_of_test test;
    set_up(&test);
    lane_enter(&test.lanes, &test.members[0], &test.key);

    lane_join(&test.lanes, &test.members[1], &test.key);

    assert_true(lane_is_headed_by(&test.members[1]));
}

static void one_that_joins_goes_behind_one_that_runs_or_joined_before(void **state)
{
    (void)state;
    struct lanes_of_test test;
    set_up(&test);
    lane_enter(&test.lanes, &test.members[0], &test.key);
    test.members[0].is_running = true;
    lane_enter(&test.lanes, &test.members[1], &test.key);

    lane_join(&test.lanes, &test.members[2], &test.key);
    lane_join(&test.lanes, &test.members[3], &test.key);

    assert_ptr_equal(lane_leave(&test.lanes, &test.members[0]), &test.members[2]);
    assert_ptr_equal(lane_leave(&test.lanes, &test.members[2]), &test.members[3]);
    assert_ptr_equal(lane_leave(&test.lanes, &test.members[3]), &test.members[1]);
}

static void an_authorizer_and_a_code_of_the_same_bytes_are_two_lanes(void **state)
{
    (void)state;
    struct appid component = {.len = 3, .at = "wxc"};
    struct appid authorizer = {.len = DIGEST_BYTES, .at = "0123456789012345678901234567890"};
    uint8_t digest[DIGEST_BYTES];
    memcpy(digest, authorizer.at, DIGEST_BYTES);

    struct lane_key a = lane_key_of_authorizer(&component, &authorizer);
    struct lane_key c = lane_key_of_code(&component, digest);

    assert_int_equal(a.len, c.len);
    assert_memory_not_equal(a.at, c.at, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_to_enter_heads_the_lane),
        cmocka_unit_test(leaving_gives_the_next_head_and_frees_an_empty_lane),
        cmocka_unit_test(one_that_joins_goes_in_front_of_those_that_wait),
        cmocka_unit_test(one_that_joins_goes_behind_one_that_runs_or_joined_before),
        cmocka_unit_test(an_authorizer_and_a_code_of_the_same_bytes_are_two_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
