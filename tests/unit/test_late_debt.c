#include "test.h"

#include "unit/handler_case.h"

enum { NOW_S = CREATED_S + 1000, LATE_MS = 120000, LATE_UNTIL_S = NOW_S + LATE_MS / 1000 + 1 };

/* A refresh that is about to be answered, at NOW_S. */
static struct work refresh(void)
{
    struct work work = case_work(INPUT_REFRESH_DUE);
    case_row(&work, STATUS_AUTHORIZED, 3);
    work.late_effect_ms = LATE_MS;
    work.wall_ms = (int64_t)NOW_S * 1000;
    work.sent_at_s = NOW_S;
    return work;
}

static void lose_call(struct work *work)
{
    work->answer = (struct answer){.kind = ANSWER_LOST, .may_act_late = true};
    assert_int_equal(case_on_answer(work).kind, STEP_RETRY);
}

static struct step debt_on_row(struct work *work)
{
    return handler_of_late_debt()->on_row(work);
}

/* A debt that is due, of a call that may have acted until LATE_UNTIL_S. */
static struct work debt(void)
{
    struct work work = refresh();
    work.is_late_debt = true;
    work.late_until_s = LATE_UNTIL_S;
    work.wall_ms = (int64_t)LATE_UNTIL_S * 1000;
    return work;
}

static void a_store_says_until_when_a_lost_call_may_act(void **state)
{
    (void)state;
    struct work work = refresh();
    lose_call(&work);

    case_answer(&work, STR("A2"), (struct str){0}, 7200);
    assert_int_equal(case_on_answer(&work).kind, STEP_STORE);

    assert_int_equal(work.change.late_until_s, LATE_UNTIL_S);
    assert_int_equal(work.change.sent_at_s, NOW_S);
}

static void a_call_that_cannot_act_late_leaves_no_debt(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {.kind = ANSWER_LOST},
        {.kind = ANSWER_GARBLED},
        {.kind = ANSWER_REFUSED, .errcode = -1},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct work work = refresh();
        work.answer = answers[i];
        assert_int_equal(case_on_answer(&work).kind, STEP_RETRY);
        assert_true(work.owes);
        assert_int_equal(work.late_until_s, 0);
    }
}

static void an_inquiry_changes_nothing_late(void **state)
{
    (void)state;
    struct work work = refresh();
    work.call = CALL_AUTHORIZER_INFO;
    lose_call(&work);
    assert_false(work.owes);
    assert_int_equal(work.late_until_s, 0);
}

static void a_setting_of_0_says_that_nothing_acts_late(void **state)
{
    (void)state;
    struct work work = refresh();
    work.late_effect_ms = 0;
    lose_call(&work);
    assert_int_equal(work.late_until_s, 0);
}

static void a_store_keeps_what_the_row_says_unless_its_call_was_sent_later(void **state)
{
    (void)state;
    static const struct {
        int64_t row_s, sent_s, want_s;
    } cases[] = {
        {NOW_S + 1, NOW_S, NOW_S + 1},
        {NOW_S, NOW_S, 0},
        {NOW_S - 1, NOW_S, 0},
        {0, NOW_S, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = refresh();
        work.row.late_until_s = cases[i].row_s;
        work.sent_at_s = cases[i].sent_s;
        case_answer(&work, STR("A2"), (struct str){0}, 7200);
        assert_int_equal(case_on_answer(&work).kind, STEP_STORE);
        assert_int_equal(work.change.late_until_s, cases[i].want_s);
    }
}

static void a_withdrawal_ends_every_debt(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    case_row(&work, STATUS_AUTHORIZED, 3);
    work.input.info_type = INFO_UNAUTHORIZED;
    work.row.late_until_s = LATE_UNTIL_S;
    assert_int_equal(case_on_row(&work).kind, STEP_STORE);
    assert_int_equal(work.change.late_until_s, 0);
}

static void a_debt_refreshes_if_the_rows_call_was_sent_too_early(void **state)
{
    (void)state;
    struct work work = debt();
    work.row.sent_at_s = LATE_UNTIL_S - 1;
    struct step step = debt_on_row(&work);
    assert_int_equal(step.kind, STEP_CALL);
    assert_int_equal(step.call, CALL_AUTHORIZER_TOKEN);
}

static void a_debt_is_settled_by_a_call_that_was_sent_later(void **state)
{
    (void)state;
    struct work work = debt();
    work.row.sent_at_s = LATE_UNTIL_S;
    struct step step = debt_on_row(&work);
    assert_int_equal(step.kind, STEP_DONE);
    assert_int_equal(step.outcome, OUTCOME_SETTLED);
}

static void a_debt_whose_own_version_may_not_be_announced_announces_it(void **state)
{
    (void)state;
    struct work work = debt();
    work.row.sent_at_s = LATE_UNTIL_S;
    work.row.cause = work.origin;
    struct step step = debt_on_row(&work);
    assert_int_equal(step.kind, STEP_ANNOUNCE);
    assert_int_equal(step.outcome, OUTCOME_SETTLED);
}

static void a_debt_of_an_account_that_is_gone_is_settled(void **state)
{
    (void)state;
    static const enum authorizer_status gone[] = {STATUS_UNAUTHORIZED,
                                                  STATUS_REAUTHORIZATION_REQUIRED};
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        struct work work = debt();
        work.row.status = gone[i];
        assert_int_equal(debt_on_row(&work).kind, STEP_DONE);
    }
    struct work work = debt();
    work.row.version = VERSION_ABSENT;
    assert_int_equal(debt_on_row(&work).kind, STEP_DONE);
}

static void a_debt_that_comes_too_early_waits(void **state)
{
    (void)state;
    struct work work = debt();
    work.wall_ms -= 5000;
    struct step step = debt_on_row(&work);
    assert_int_equal(step.kind, STEP_WAIT);
    assert_int_equal(step.wait_ms, 5000);
}

static void a_debt_never_becomes_a_dead_letter(void **state)
{
    (void)state;
    struct work work = debt();
    work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 41003};
    assert_int_equal(case_on_answer(&work).kind, STEP_DEAD);
    assert_int_equal(handler_of_late_debt()->on_answer(&work).kind, STEP_WAIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_says_until_when_a_lost_call_may_act),
        cmocka_unit_test(a_call_that_cannot_act_late_leaves_no_debt),
        cmocka_unit_test(an_inquiry_changes_nothing_late),
        cmocka_unit_test(a_setting_of_0_says_that_nothing_acts_late),
        cmocka_unit_test(a_store_keeps_what_the_row_says_unless_its_call_was_sent_later),
        cmocka_unit_test(a_withdrawal_ends_every_debt),
        cmocka_unit_test(a_debt_refreshes_if_the_rows_call_was_sent_too_early),
        cmocka_unit_test(a_debt_is_settled_by_a_call_that_was_sent_later),
        cmocka_unit_test(a_debt_whose_own_version_may_not_be_announced_announces_it),
        cmocka_unit_test(a_debt_of_an_account_that_is_gone_is_settled),
        cmocka_unit_test(a_debt_that_comes_too_early_waits),
        cmocka_unit_test(a_debt_never_becomes_a_dead_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
