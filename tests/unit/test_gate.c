#include "engine/gate.h"

#include "engine/job.h"
#include "test.h"

enum { QUOTA_WAIT_MS = 3600000 };

static const struct job first, second;

struct scene {
    struct gates gates;
    struct gate gate;
};

static struct scene scene(void)
{
    return (struct scene){.gates.quota_wait_ms = QUOTA_WAIT_MS};
}

enum { MAY_CALL = -1 };

/* Returns MAY_CALL, or the kind of the bar that is in the way. */
static int ask_at(struct scene *s, struct gate *gate, const struct gate_question *question)
{
    struct bar_id in_the_way;
    return gate_ask(&s->gates, gate, &in_the_way, question) ? MAY_CALL : (int)in_the_way.kind;
}

static int ask(struct scene *s, const struct job *job, struct str token, ms_t now)
{
    struct gate_question question = {
        .job = job, .call = CALL_AUTHORIZER_TOKEN, .component_token = token, .now = now};
    return ask_at(s, &s->gate, &question);
}

static uint64_t call(struct scene *s)
{
    return ++s->gates.calls;
}

static void refuse(struct scene *s, enum obstacle obstacle, uint64_t call_number, ms_t now)
{
    struct gate_refusal refusal = {.call_number = call_number, .now = now};
    gate_refuse(&s->gates, &s->gate, (struct bar_id){obstacle, CALL_AUTHORIZER_TOKEN}, &refusal);
}

static void pass_at(struct scene *s, uint64_t call_number, ms_t now)
{
    struct gate_passage passage = {
        .call_number = call_number, .token = gate_token_hash(STR("T1")), .now = now};
    gate_pass(&s->gate, CALL_AUTHORIZER_TOKEN, &passage);
}

static void pass(struct scene *s, uint64_t call_number)
{
    pass_at(s, call_number, 0);
}

static void refuse_token(struct scene *s, uint64_t call_number)
{
    struct gate_refusal refusal = {.call_number = call_number, .errcode = 40001};
    gate_refuse_token(&s->gate, gate_token_hash(STR("T1")), &refusal);
}

static void a_token_refused_by_mistake_is_cleared_by_a_call_sent_later(void **state)
{
    (void)state;
    struct scene s = scene();
    uint64_t earlier = call(&s);
    uint64_t refused = call(&s);
    uint64_t later = call(&s);
    refuse_token(&s, refused);
    assert_int_equal(ask(&s, &first, STR("T1"), 0), OBSTACLE_COMPONENT_TOKEN);

    pass(&s, earlier);
    assert_int_equal(ask(&s, &first, STR("T1"), 0), OBSTACLE_COMPONENT_TOKEN);
    pass(&s, later);

    assert_int_equal(ask(&s, &first, STR("T1"), 0), MAY_CALL);
}

static void an_open_gate_lets_pass_and_a_missing_token_shuts_it(void **state)
{
    (void)state;
    struct scene s = scene();

    assert_int_equal(ask(&s, &first, STR("T1"), 0), MAY_CALL);
    assert_int_equal(ask(&s, &first, STR(""), 0), OBSTACLE_COMPONENT_TOKEN);
    assert_int_equal(ask(&s, &first, STR(""), 2 * GATE_PROBE_MS), OBSTACLE_COMPONENT_TOKEN);
}

static void a_token_that_was_refused_shuts_the_gate_and_another_opens_it(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse_token(&s, call(&s));

    assert_int_equal(ask(&s, &first, STR("T1"), 0), OBSTACLE_COMPONENT_TOKEN);
    assert_int_equal(s.gate.component_token.errcode, 40001);
    assert_int_equal(ask(&s, &second, STR("T2"), 0), MAY_CALL);
    assert_int_equal(gate_shut_bars(&s.gate), 0);
}

static void one_call_probes_when_it_is_time(void **state)
{
    (void)state;
    static const struct {
        enum obstacle obstacle;
        ms_t wait_ms;
    } cases[] = {{OBSTACLE_CONFIGURATION, GATE_MINUTE_MS}, {OBSTACLE_QUOTA, QUOTA_WAIT_MS}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scene s = scene();
        ms_t wait_ms = cases[i].wait_ms;
        refuse(&s, cases[i].obstacle, call(&s), 0);

        assert_int_not_equal(ask(&s, &first, STR("T1"), wait_ms - 1), MAY_CALL);
        assert_int_equal(ask(&s, &first, STR("T1"), wait_ms), MAY_CALL);
        assert_int_not_equal(ask(&s, &second, STR("T1"), wait_ms), MAY_CALL);

        refuse(&s, cases[i].obstacle, call(&s), wait_ms);
        assert_int_not_equal(ask(&s, &second, STR("T1"), 2 * wait_ms - 1), MAY_CALL);
        assert_int_equal(ask(&s, &second, STR("T1"), 2 * wait_ms), MAY_CALL);

        pass(&s, call(&s));
        assert_int_equal(ask(&s, &first, STR("T1"), 2 * wait_ms), MAY_CALL);
        assert_int_equal(gate_shut_bars(&s.gate), 0);
    }
}

static void a_quota_concerns_calls_of_its_kind_alone(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse(&s, OBSTACLE_QUOTA, call(&s), 0);
    struct gate_question exchange = {
        .job = &first, .call = CALL_QUERY_AUTH, .component_token = STR("T1")};

    assert_int_equal(ask_at(&s, &s.gate, &exchange), MAY_CALL);
    assert_int_equal(ask(&s, &first, STR("T1"), 0), OBSTACLE_QUOTA);
}

static void what_was_under_way_when_it_shut_changes_nothing(void **state)
{
    (void)state;
    struct scene s = scene();
    uint64_t before = call(&s);
    uint64_t refused = call(&s);
    refuse(&s, OBSTACLE_QUOTA, refused, 0);

    pass(&s, before);
    refuse(&s, OBSTACLE_QUOTA, before, 1000);
    assert_int_equal(ask(&s, &first, STR("T1"), QUOTA_WAIT_MS), MAY_CALL);
    pass(&s, call(&s));
    refuse(&s, OBSTACLE_QUOTA, before, QUOTA_WAIT_MS);

    assert_int_equal(gate_shut_bars(&s.gate), 0);
}

static void a_probe_that_shows_nothing_leaves_the_next_to_another(void **state)
{
    (void)state;
    static const struct {
        ms_t quota_wait_ms, next_ms;
    } cases[] = {{QUOTA_WAIT_MS, GATE_PROBE_MS}, {2000, 2000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scene s = {.gates.quota_wait_ms = cases[i].quota_wait_ms};
        ms_t now = cases[i].quota_wait_ms;
        refuse(&s, OBSTACLE_QUOTA, call(&s), 0);
        assert_int_equal(ask(&s, &first, STR("T1"), now), MAY_CALL);

        gate_fail_probe(&s.gates, &s.gate, &first, now);

        assert_int_not_equal(ask(&s, &second, STR("T1"), now + cases[i].next_ms - 1), MAY_CALL);
        assert_int_equal(ask(&s, &second, STR("T1"), now + cases[i].next_ms), MAY_CALL);
    }
}

static void a_probe_that_is_not_made_leaves_it_to_another_at_once(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse(&s, OBSTACLE_CONFIGURATION, call(&s), 0);
    assert_int_equal(ask(&s, &first, STR("T1"), GATE_MINUTE_MS), MAY_CALL);

    gate_abandon_probe(&s.gate, &first);

    assert_int_equal(ask(&s, &second, STR("T1"), GATE_MINUTE_MS), MAY_CALL);
}

static void the_throttle_holds_its_component_for_a_minute(void **state)
{
    (void)state;
    struct scene s = scene();
    struct gate another = {0};
    refuse(&s, OBSTACLE_THROTTLE, call(&s), 0);
    struct gate_question question = {
        .job = &second, .component_token = STR("T9"), .now = GATE_MINUTE_MS - 1};

    assert_int_equal(ask_at(&s, &another, &question), MAY_CALL);
    assert_int_equal(ask(&s, &first, STR("T1"), GATE_MINUTE_MS - 1), OBSTACLE_THROTTLE);
    assert_int_equal(ask(&s, &first, STR("T1"), GATE_MINUTE_MS), MAY_CALL);
}

static int passing_at(struct scene *s, ms_t now)
{
    int count = 0;
    while (count < 100000 && ask(s, &first, STR("T1"), now) == MAY_CALL)
        count++;
    return count;
}

static void a_bar_opens_at_a_rate(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse(&s, OBSTACLE_THROTTLE, call(&s), 0);

    assert_int_equal(passing_at(&s, GATE_MINUTE_MS), 8);
    assert_int_equal(passing_at(&s, GATE_MINUTE_MS + 999), 0);
    assert_int_equal(passing_at(&s, GATE_MINUTE_MS + 1000), 16);
    assert_int_equal(passing_at(&s, GATE_MINUTE_MS + 3000), 64);
    assert_int_equal(passing_at(&s, GATE_MINUTE_MS + 10000), 100000);
}

static void a_throttle_that_shuts_again_starts_again_with_few(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse(&s, OBSTACLE_THROTTLE, call(&s), 0);
    assert_int_equal(passing_at(&s, GATE_MINUTE_MS), 8);
    refuse(&s, OBSTACLE_THROTTLE, call(&s), GATE_MINUTE_MS + 5000);

    assert_int_equal(passing_at(&s, 2 * GATE_MINUTE_MS), 0);
    assert_int_equal(passing_at(&s, 2 * GATE_MINUTE_MS + 5000), 8);
}

static void a_refusal_while_others_pass_shuts_nothing(void **state)
{
    (void)state;
    static const enum obstacle obstacles[] = {OBSTACLE_CONFIGURATION, OBSTACLE_QUOTA};
    for (size_t i = 0; i < COUNT_OF(obstacles); i++) {
        struct scene s = scene();
        for (ms_t now = 0; now < 1000; now++) {
            pass_at(&s, call(&s), now);
            refuse(&s, obstacles[i], call(&s), now);
        }
        assert_int_equal(gate_shut_bars(&s.gate), 0);

        refuse(&s, obstacles[i], call(&s), 999 + GATE_PASSED_MS);
        assert_int_not_equal(gate_shut_bars(&s.gate), 0);
    }
}

static void a_refusal_of_nearly_all_shuts_although_some_pass(void **state)
{
    (void)state;
    struct scene s = scene();
    for (int i = 0; i < GATE_ANSWERS; i++)
        pass_at(&s, call(&s), 0);
    int refused = 0;
    while (!gate_shut_bars(&s.gate) && refused < GATE_ANSWERS) {
        refuse(&s, OBSTACLE_CONFIGURATION, call(&s), 1);
        refused++;
    }
    assert_int_equal(refused, GATE_ANSWERS - GATE_PASSES_MAX);
}

static void an_accepted_probe_with_the_refused_token_opens_the_gate(void **state)
{
    (void)state;
    struct scene s = scene();
    refuse_token(&s, call(&s));
    assert_int_equal(ask(&s, &first, STR("T1"), 0), OBSTACLE_COMPONENT_TOKEN);

    assert_int_equal(ask(&s, &first, STR("T1"), GATE_PROBE_MS), MAY_CALL);
    pass(&s, call(&s));

    assert_int_equal(ask(&s, &second, STR("T1"), GATE_PROBE_MS), MAY_CALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_gate_lets_pass_and_a_missing_token_shuts_it),
        cmocka_unit_test(a_token_that_was_refused_shuts_the_gate_and_another_opens_it),
        cmocka_unit_test(a_token_refused_by_mistake_is_cleared_by_a_call_sent_later),
        cmocka_unit_test(one_call_probes_when_it_is_time),
        cmocka_unit_test(a_quota_concerns_calls_of_its_kind_alone),
        cmocka_unit_test(what_was_under_way_when_it_shut_changes_nothing),
        cmocka_unit_test(a_probe_that_shows_nothing_leaves_the_next_to_another),
        cmocka_unit_test(a_probe_that_is_not_made_leaves_it_to_another_at_once),
        cmocka_unit_test(the_throttle_holds_its_component_for_a_minute),
        cmocka_unit_test(a_bar_opens_at_a_rate),
        cmocka_unit_test(a_throttle_that_shuts_again_starts_again_with_few),
        cmocka_unit_test(a_refusal_while_others_pass_shuts_nothing),
        cmocka_unit_test(a_refusal_of_nearly_all_shuts_although_some_pass),
        cmocka_unit_test(an_accepted_probe_with_the_refused_token_opens_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
