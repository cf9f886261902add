#include "engine/gate.h"

#include "engine/job.h"
#include "test.h"

static const struct job scout, other;

static void an_open_gate_lets_pass_and_a_missing_token_shuts_it(void **state)
{
    (void)state;
    struct gate gate = {0};

    assert_int_equal(gate_ask(&gate, &other, STR("T1"), 0), GATE_PASS);
    assert_int_equal(gate_ask(&gate, &other, STR(""), 0), GATE_WAIT);

    assert_true(gate.is_shut);
}

static void a_token_that_was_refused_shuts_the_gate_and_another_opens_it(void **state)
{
    (void)state;
    struct gate gate = {0};
    gate_refuse(&gate, gate_token_hash(STR("T1")));

    assert_false(gate.is_shut);
    assert_int_equal(gate_ask(&gate, &other, STR("T1"), 0), GATE_WAIT);
    assert_true(gate.is_shut);
    assert_int_equal(gate_ask(&gate, &other, STR("T2"), 0), GATE_PASS);
    assert_false(gate.is_shut);
}

static void only_the_scout_probes_and_only_when_it_is_time(void **state)
{
    (void)state;
    struct gate gate = {.scout = (struct job *)&scout};
    gate_refuse(&gate, gate_token_hash(STR("T1")));
    assert_int_equal(gate_ask(&gate, &scout, STR("T1"), 0), GATE_WAIT);

    assert_int_equal(gate_ask(&gate, &scout, STR("T1"), GATE_PROBE_MS - 1), GATE_WAIT);
    assert_int_equal(gate_ask(&gate, &other, STR("T1"), GATE_PROBE_MS), GATE_WAIT);
    assert_int_equal(gate_ask(&gate, &scout, STR("T1"), GATE_PROBE_MS), GATE_PASS);
    assert_int_equal(gate_ask(&gate, &scout, STR("T1"), GATE_PROBE_MS + 1), GATE_WAIT);
}

static void a_probe_never_goes_without_a_token(void **state)
{
    (void)state;
    struct gate gate = {.scout = (struct job *)&scout};
    assert_int_equal(gate_ask(&gate, &scout, STR(""), 0), GATE_WAIT);

    assert_int_equal(gate_ask(&gate, &scout, STR(""), 2 * GATE_PROBE_MS), GATE_WAIT);
}

static void an_accepted_probe_opens_the_gate(void **state)
{
    (void)state;
    struct gate gate = {.scout = (struct job *)&scout};
    gate_refuse(&gate, gate_token_hash(STR("T1")));
    assert_int_equal(gate_ask(&gate, &scout, STR("T1"), 0), GATE_WAIT);

    gate_accept(&gate, gate_token_hash(STR("T0")));
    assert_true(gate.is_shut);
    gate_accept(&gate, gate_token_hash(STR("T1")));

    assert_false(gate.is_shut);
    assert_int_equal(gate_ask(&gate, &other, STR("T1"), 0), GATE_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_gate_lets_pass_and_a_missing_token_shuts_it),
        cmocka_unit_test(a_token_that_was_refused_shuts_the_gate_and_another_opens_it),
        cmocka_unit_test(only_the_scout_probes_and_only_when_it_is_time),
        cmocka_unit_test(a_probe_never_goes_without_a_token),
        cmocka_unit_test(an_accepted_probe_opens_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
