#include "test.h"

#include "unit/handler_case.h"

/* A refresh whose token R1 was refused, and the token that WeChat reports to the inquiry. */
static struct work asked_back(struct str told)
{
    struct work work = case_work(INPUT_REFRESH_DUE);
    case_row(&work, STATUS_AUTHORIZED, 3);
    work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 61023, .rid = {3, "rid"}};
    assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_INFO);
    work.call = CALL_AUTHORIZER_INFO;
    case_answer(&work, (struct str){0}, told, -1);
    work.reported_refresh_token = told;
    return work;
}

static void another_token_that_wechat_tells_is_used_at_once(void **state)
{
    (void)state;
    struct work work = asked_back(STR("R2"));

    struct step step = case_on_answer(&work);
    assert_int_equal(step.kind, STEP_CALL);
    assert_int_equal(step.call, CALL_AUTHORIZER_TOKEN);
    assert_true(str_equal(step.secret, STR("R2")));

    work.call = CALL_AUTHORIZER_TOKEN;
    case_answer(&work, STR("A2"), (struct str){0}, 7200);
    assert_int_equal(case_on_answer(&work).kind, STEP_STORE);
    assert_true(str_equal(work.change.refresh_token, STR("R2")));
}

/* One refusal may be a mistake: the minute is over, and the token that WeChat tells is sent once
 * more. */
static void refuse_once_more(struct work *work, struct str told)
{
    struct step step = case_on_answer(work);
    assert_int_equal(step.call, CALL_AUTHORIZER_TOKEN);
    assert_true(str_equal(step.secret, told));
    work->call = CALL_AUTHORIZER_TOKEN;
    work->answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 61023, .rid = {3, "rid"}};
    assert_int_equal(case_on_answer(work).call, CALL_AUTHORIZER_INFO);
    work->call = CALL_AUTHORIZER_INFO;
    case_answer(work, (struct str){0}, told, -1);
    work->reported_refresh_token = told;
}

static void the_same_token_or_none_condemns_only_the_second_time(void **state)
{
    (void)state;
    static const struct str told[] = {{.at = "R1", .len = 2}, {.at = "", .len = 0}, {0}};
    for (size_t i = 0; i < 3; i++) {
        struct work work = asked_back(told[i]);

        struct step step = case_on_answer(&work);
        assert_int_equal(step.kind, STEP_WAIT);
        assert_int_equal(step.wait_ms, 60000);

        work.wall_ms += 59000;
        step = case_on_answer(&work);
        assert_int_equal(step.kind, STEP_WAIT);
        assert_int_equal(step.wait_ms, 1000);

        work.wall_ms += 1000;
        if (!str_is_empty(told[i]))
            refuse_once_more(&work, told[i]);
        assert_int_equal(case_on_answer(&work).kind, STEP_STORE);
        assert_int_equal(work.change.status, STATUS_REAUTHORIZATION_REQUIRED);
        assert_int_equal(work.change.version_read, 3);
        assert_int_equal(work.change.last_errcode, 61023);
        assert_true(str_equal(work.change.last_rid, STR("rid")));
        assert_true(str_equal(work.change.access_token, STR("A1")));
        assert_true(str_equal(work.change.refresh_token, STR("R1")));
        assert_int_equal(work.change.refresh_due_at_s, 0);
    }
}

static void a_row_that_has_changed_is_asked_about_anew(void **state)
{
    (void)state;
    struct work work = asked_back(STR("R1"));
    assert_int_equal(case_on_answer(&work).kind, STEP_WAIT);

    work.row.version++; /* perhaps a new authorisation, under which WeChat takes the token again */

    assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_TOKEN);
}

/* The refresh and the inquiry are both answered with 61003. Returns the step after that. */
static struct step say_withdrawn(struct work *work)
{
    work->call = CALL_AUTHORIZER_TOKEN;
    work->answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 61003};
    assert_int_equal(case_on_answer(work).call, CALL_AUTHORIZER_INFO);
    work->call = CALL_AUTHORIZER_INFO;
    return case_on_answer(work);
}

static void an_account_that_has_withdrawn_is_noted_on_the_row_that_was_read(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_REFRESH_DUE);
    case_row(&work, STATUS_AUTHORIZED, 3);
    work.row.authorized_at_s = 77;

    struct step step = say_withdrawn(&work);
    assert_int_equal(step.kind, STEP_WAIT);
    assert_int_equal(step.wait_ms, 60000);

    work.wall_ms += 60000;
    step = say_withdrawn(&work);
    assert_int_equal(step.kind, STEP_STORE);
    assert_true(step.is_withdrawal);
    assert_int_equal(work.change.status, STATUS_UNAUTHORIZED);
    assert_int_equal(work.change.last_errcode, 61003);
    assert_int_equal(work.change.version_read, 3);
    assert_int_equal(work.change.authorized_at_s, 77);
    assert_null(work.change.access_token.at);
    assert_null(work.change.refresh_token.at);
}

static void a_withdrawal_that_the_inquiry_denies_is_not_believed(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_REFRESH_DUE);
    case_row(&work, STATUS_AUTHORIZED, 3);
    assert_int_equal(say_withdrawn(&work).kind, STEP_WAIT);

    case_answer(&work, (struct str){0}, STR("R2"), -1);
    work.reported_refresh_token = STR("R2");
    struct step step = case_on_answer(&work);

    assert_int_equal(step.call, CALL_AUTHORIZER_TOKEN);
    assert_true(str_equal(step.secret, STR("R2")));
}

static void a_code_of_an_account_that_has_withdrawn_is_not_sent_again(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 61003};
    assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_INFO);
    work.call = CALL_AUTHORIZER_INFO;
    assert_int_equal(case_on_answer(&work).kind, STEP_WAIT);

    work.wall_ms += 60000;
    assert_int_equal(case_on_row(&work).call, CALL_AUTHORIZER_INFO);
    struct step step = case_on_answer(&work);

    assert_int_equal(step.kind, STEP_STORE);
    assert_true(step.is_withdrawal);
    assert_int_equal(work.change.authorized_at_s, CREATED_S);
}

static void a_spent_code_whose_authorizer_is_known_asks_back_and_is_not_sent_again(void **state)
{
    (void)state;
    static const int32_t errcodes[] = {61009, 61010, 42003};
    for (size_t i = 0; i < 3; i++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = errcodes[i]};

        assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_INFO);
        assert_int_equal(case_on_row(&work).call, CALL_AUTHORIZER_INFO);
    }
}

static void a_code_that_asking_back_did_not_save_dies_as_what_it_was_called(void **state)
{
    (void)state;
    static const struct {
        int32_t errcode;
        enum dead_reason reason;
    } cases[] = {{61009, DEAD_CODE_SPENT}, {61010, DEAD_CODE_EXPIRED}, {42003, DEAD_CODE_EXPIRED}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = cases[i].errcode};
        assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_INFO);
        work.call = CALL_AUTHORIZER_INFO;
        case_answer(&work, (struct str){0}, STR(""), -1);
        assert_int_equal(case_on_answer(&work).kind, STEP_WAIT);

        work.wall_ms += 60000;
        struct step step = case_on_answer(&work);

        assert_int_equal(step.kind, STEP_DEAD);
        assert_int_equal(step.reason, cases[i].reason);
    }
}

static void asking_back_goes_on_after_the_code_has_expired(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = 61010};
    assert_int_equal(case_on_answer(&work).call, CALL_AUTHORIZER_INFO);
    work.call = CALL_AUTHORIZER_INFO;
    work.wall_ms = work.input.code_expires_s * MS_PER_S + 1;

    work.answer = (struct answer){.kind = ANSWER_LOST};

    assert_int_equal(case_on_answer(&work).kind, STEP_RETRY);
}

static void a_code_that_was_never_answered_dies_when_it_expires(void **state)
{
    (void)state;
    for (int owes = 0; owes < 2; owes++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.owes = owes;
        work.wall_ms = work.input.code_expires_s * MS_PER_S;
        work.answer = (struct answer){.kind = ANSWER_UNSENT};

        struct step step = case_on_answer(&work);

        assert_int_equal(step.kind, owes ? STEP_RETRY : STEP_DEAD);
        if (!owes)
            assert_int_equal(step.reason, DEAD_CODE_EXPIRED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_token_that_wechat_tells_is_used_at_once),
        cmocka_unit_test(the_same_token_or_none_condemns_only_the_second_time),
        cmocka_unit_test(a_row_that_has_changed_is_asked_about_anew),
        cmocka_unit_test(an_account_that_has_withdrawn_is_noted_on_the_row_that_was_read),
        cmocka_unit_test(a_withdrawal_that_the_inquiry_denies_is_not_believed),
        cmocka_unit_test(a_code_of_an_account_that_has_withdrawn_is_not_sent_again),
        cmocka_unit_test(a_spent_code_whose_authorizer_is_known_asks_back_and_is_not_sent_again),
        cmocka_unit_test(a_code_that_asking_back_did_not_save_dies_as_what_it_was_called),
        cmocka_unit_test(asking_back_goes_on_after_the_code_has_expired),
        cmocka_unit_test(a_code_that_was_never_answered_dies_when_it_expires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
