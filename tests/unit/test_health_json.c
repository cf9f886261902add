#include "wire/health_json.h"

#include "test.h"

static void one_part_that_fails_makes_it_not_ready(void **state)
{
    (void)state;
    struct health health = {
        .count = 2,
        .parts = {{.name = STR("kafka"), .is_ok = true, .detail = "4 partitions assigned"},
                  {.name = STR("postgres"), .detail = "server says \"no\"\n"}},
    };
    char bytes[HEALTH_JSON_BYTES_MAX];
    struct text text = TEXT_IN(bytes);

    health_json_encode(&text, &health);

    assert_string_equal(
        text_terminated(&text),
        "{\"status\":\"not_ready\",\"checks\":{"
        "\"kafka\":{\"status\":\"ok\",\"detail\":\"4 partitions assigned\"},"
        "\"postgres\":{\"status\":\"fail\",\"detail\":\"server says \\\"no\\\"\\u000A\"}}}\n");
}

static void all_well_is_ready(void **state)
{
    (void)state;
    struct health health = {.count = 1,
                            .parts = {{.name = STR("kafka"), .is_ok = true, .detail = "up"}}};
    char bytes[HEALTH_JSON_BYTES_MAX];
    struct text text = TEXT_IN(bytes);

    health_json_encode(&text, &health);

    assert_string_equal(text_terminated(&text), "{\"status\":\"ready\",\"checks\":{\"kafka\":"
                                                "{\"status\":\"ok\",\"detail\":\"up\"}}}\n");
}

static void the_largest_answer_fits(void **state)
{
    (void)state;
    struct health health = {.count = HEALTH_PARTS_MAX};
    for (size_t i = 0; i < HEALTH_PARTS_MAX; i++) {
        health.parts[i].name = STR("a-long-name-of-a-part");
        memset(health.parts[i].detail, 1, sizeof(health.parts[i].detail) - 1);
    }
    char bytes[HEALTH_JSON_BYTES_MAX];
    struct text text = TEXT_IN(bytes);

    health_json_encode(&text, &health);

    assert_false(text.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_part_that_fails_makes_it_not_ready),
        cmocka_unit_test(all_well_is_ready),
        cmocka_unit_test(the_largest_answer_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
