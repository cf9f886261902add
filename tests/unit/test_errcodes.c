#include "test.h"

#include "handlers/work.h"
#include "unit/handler_case.h"

static void an_errcode_has_one_class_for_each_call(void **state)
{
    (void)state;
    static const struct {
        int32_t errcode;
        enum errcode_class query_auth, authorizer_token, authorizer_info;
    } cases[] = {
        {-1, CLASS_TRANSIENT, CLASS_TRANSIENT, CLASS_TRANSIENT},
        {40001, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN},
        {40014, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN},
        {42001, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN},
        {42006, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN, CLASS_COMPONENT_TOKEN},
        {45009, CLASS_QUOTA, CLASS_QUOTA, CLASS_QUOTA},
        {45011, CLASS_THROTTLED, CLASS_THROTTLED, CLASS_THROTTLED},
        {61003, CLASS_NOT_AUTHORIZED, CLASS_NOT_AUTHORIZED, CLASS_NOT_AUTHORIZED},
        {61004, CLASS_CONFIGURATION, CLASS_CONFIGURATION, CLASS_CONFIGURATION},
        {61009, CLASS_CODE_SPENT, CLASS_UNKNOWN, CLASS_UNKNOWN},
        {61010, CLASS_CODE_EXPIRED, CLASS_UNKNOWN, CLASS_UNKNOWN},
        {42003, CLASS_CODE_EXPIRED, CLASS_UNKNOWN, CLASS_UNKNOWN},
        {61023, CLASS_UNKNOWN, CLASS_REFRESH_TOKEN, CLASS_UNKNOWN},
        {40013, CLASS_CONFIGURATION, CLASS_ACCOUNT, CLASS_ACCOUNT},
        {50002, CLASS_ACCOUNT, CLASS_ACCOUNT, CLASS_ACCOUNT},
        {47001, CLASS_MALFORMED, CLASS_MALFORMED, CLASS_MALFORMED},
        {61500, CLASS_UNKNOWN, CLASS_UNKNOWN, CLASS_UNKNOWN},
        {987654, CLASS_UNKNOWN, CLASS_UNKNOWN, CLASS_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int32_t errcode = cases[i].errcode;

        assert_int_equal(errcode_class(CALL_QUERY_AUTH, errcode), cases[i].query_auth);
        assert_int_equal(errcode_class(CALL_AUTHORIZER_TOKEN, errcode), cases[i].authorizer_token);
        assert_int_equal(errcode_class(CALL_AUTHORIZER_INFO, errcode), cases[i].authorizer_info);
    }
}

/* Only what WeChat says about the account itself may end in a write or a dead letter. */
static void a_class_has_one_consequence(void **state)
{
    (void)state;
    static const struct {
        int32_t errcode;
        enum step_kind step;
        bool owes;
    } cases[] = {
        {-1, STEP_RETRY, true},          {987654, STEP_RETRY, false},
        {40001, STEP_OBSTRUCTED, false}, {61004, STEP_OBSTRUCTED, false},
        {45009, STEP_OBSTRUCTED, false}, {45011, STEP_OBSTRUCTED, false},
        {50002, STEP_WAIT, false},       {47001, STEP_DEAD, false},
        {61003, STEP_CALL, false},       {61023, STEP_CALL, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 3);
        work.answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = cases[i].errcode};

        assert_int_equal(case_on_answer(&work).kind, cases[i].step);

        assert_int_equal(work.owes, cases[i].owes);
    }
}

static void only_an_answer_about_the_account_shows_that_nothing_is_in_the_way(void **state)
{
    (void)state;
    static const struct {
        enum answer_kind kind;
        int32_t errcode;
        bool passes;
    } cases[] = {
        {ANSWER_DONE, 0, true},         {ANSWER_REFUSED, 61023, true},
        {ANSWER_REFUSED, -1, false},    {ANSWER_REFUSED, 40001, false},
        {ANSWER_REFUSED, 45009, false}, {ANSWER_REFUSED, 12345, false},
        {ANSWER_LOST, 0, false},        {ANSWER_GARBLED, 0, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        work.answer = (struct answer){.kind = cases[i].kind, .errcode = cases[i].errcode};

        assert_int_equal(handler_passes(&work), cases[i].passes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_errcode_has_one_class_for_each_call),
        cmocka_unit_test(a_class_has_one_consequence),
        cmocka_unit_test(only_an_answer_about_the_account_shows_that_nothing_is_in_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
