#include "test.h"

#include "handlers/handler.h"
#include "handlers/work.h"
#include "unit/handler_case.h"

static void a_refresh_that_was_parked_is_superseded_by_a_newer_authorisation_alone(void **state)
{
    (void)state;
    enum { SEEN_S = CREATED_S + 100, PARKED_S = SEEN_S + 20 };
    static const struct {
        int64_t parked_at_s, authorized_at_s, updated_at_s;
        bool owes;
        enum step_kind step;
    } cases[] = {
        {PARKED_S, SEEN_S + 1, PARKED_S + 1, false, STEP_DONE},
        {PARKED_S, SEEN_S + 1, PARKED_S + 1, true, STEP_CALL},
        {PARKED_S, SEEN_S, PARKED_S + 1, false, STEP_CALL},     /* refreshed, not authorised anew */
        {PARKED_S, SEEN_S + 1, PARKED_S - 1, false, STEP_CALL}, /* known when it was parked */
        {0, SEEN_S + 1, PARKED_S + 1, false, STEP_CALL},        /* never parked */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 3);
        work.first_seen_ms = (int64_t)SEEN_S * MS_PER_S;
        work.parked_at_us = cases[i].parked_at_s * 1000000;
        work.row.authorized_at_s = cases[i].authorized_at_s;
        work.row.updated_at_us = cases[i].updated_at_s * 1000000;
        work.owes = cases[i].owes;

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, cases[i].step);
        if (step.kind == STEP_DONE)
            assert_int_equal(step.outcome, OUTCOME_SUPERSEDED);
    }
}

static void a_refresh_of_an_unknown_authorizer_is_dead(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_REFRESH_DUE);

    struct step step = case_on_row(&work);

    assert_int_equal(step.kind, STEP_DEAD);
    assert_int_equal(step.reason, DEAD_UNKNOWN_AUTHORIZER);
}

static void a_refresh_that_has_sent_nothing_may_find_nothing_to_do(void **state)
{
    (void)state;
    static const struct {
        enum authorizer_status status;
        int64_t due_version, stored_version;
        bool is_mine;
        enum step_kind step;
        enum outcome outcome;
    } cases[] = {
        {STATUS_UNAUTHORIZED, -1, 3, false, STEP_DONE, OUTCOME_NOT_AUTHORIZED},
        {STATUS_REAUTHORIZATION_REQUIRED, -1, 3, false, STEP_DONE, OUTCOME_NOT_AUTHORIZED},
        {STATUS_AUTHORIZED, 2, 3, false, STEP_DONE, OUTCOME_ALREADY_REFRESHED},
        {STATUS_AUTHORIZED, -1, 3, true, STEP_ANNOUNCE, OUTCOME_ANNOUNCED_AGAIN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        work.input.version = cases[i].due_version;
        case_row(&work, cases[i].status, cases[i].stored_version);
        work.row.cause = cases[i].is_mine ? case_mine() : case_foreign();

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, cases[i].step);
        assert_int_equal(step.outcome, cases[i].outcome);
    }
}

static void a_refresh_that_owes_calls_whatever_the_version_says(void **state)
{
    (void)state;
    static const enum authorizer_status statuses[] = {STATUS_AUTHORIZED,
                                                      STATUS_REAUTHORIZATION_REQUIRED};
    for (size_t i = 0; i < 2; i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        work.owes = true;
        work.input.version = 1;
        case_row(&work, statuses[i], 9);

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, STEP_CALL);
        assert_int_equal(step.call, CALL_AUTHORIZER_TOKEN);
        assert_true(str_equal(step.secret, STR("R1")));
    }
}

static void a_null_or_empty_refresh_token_is_never_sent(void **state)
{
    (void)state;
    static const struct str tokens[] = {{0}, {.at = "", .len = 0}};
    for (size_t i = 0; i < 2; i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 1);
        work.row.refresh_token = tokens[i];

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, STEP_CALL);
        assert_int_equal(step.call, CALL_AUTHORIZER_INFO);
    }
}

static void an_answer_without_a_refresh_token_keeps_the_old_one(void **state)
{
    (void)state;
    static const struct str none[] = {{0}, {.at = "", .len = 0}};
    for (size_t i = 0; i < 2; i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 3);
        case_answer(&work, STR("A2"), none[i], 7200);

        assert_int_equal(case_on_answer(&work).kind, STEP_STORE);

        assert_true(str_equal(work.change.refresh_token, STR("R1")));
        assert_true(str_equal(work.change.access_token, STR("A2")));
        assert_int_equal(work.change.version_read, 3);
        assert_true(work.owes);
    }
}

static void a_life_counts_from_before_the_request_and_absurd_ones_are_clamped(void **state)
{
    (void)state;
    static const struct {
        int64_t expires_in_s, life_s;
        bool is_clamped;
    } cases[] = {
        {7200, 7200, false}, {1, 1, false},      {-1, 600, true},
        {0, 600, true},      {-7200, 600, true}, {INT64_MAX, 7200, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 3);
        case_answer(&work, STR("A2"), STR("R2"), cases[i].expires_in_s);

        (void)case_on_answer(&work);

        int64_t expiry = CREATED_S + cases[i].life_s;
        assert_int_equal(work.change.expires_at_s, expiry);
        assert_int_equal(work.lifetime_is_clamped, cases[i].is_clamped);
        assert_in_range(work.change.refresh_due_at_s,
                        expiry - cases[i].life_s / 6 - cases[i].life_s / 12,
                        expiry - cases[i].life_s / 6);
    }
}

static void what_may_have_acted_is_owed(void **state)
{
    (void)state;
    static const struct {
        enum answer_kind kind;
        int32_t errcode;
        bool owes;
    } cases[] = {
        {ANSWER_LOST, 0, true},     {ANSWER_GARBLED, 0, true},      {ANSWER_UNSENT, 0, false},
        {ANSWER_REFUSED, -1, true}, {ANSWER_REFUSED, 12345, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_REFRESH_DUE);
        case_row(&work, STATUS_AUTHORIZED, 3);
        work.call = CALL_AUTHORIZER_TOKEN;
        work.answer = (struct answer){.kind = cases[i].kind, .errcode = cases[i].errcode};

        assert_int_equal(case_on_answer(&work).kind, STEP_RETRY);

        assert_int_equal(work.owes, cases[i].owes);
    }
}

static void a_change_of_authorisation_is_ordered_by_create_time(void **state)
{
    (void)state;
    static const struct {
        enum info_type info_type;
        enum authorizer_status status;
        int64_t authorized_at_s;
        enum step_kind step;
        enum outcome outcome;
    } cases[] = {
        {INFO_AUTHORIZED, STATUS_AUTHORIZED, CREATED_S - 1, STEP_CALL, 0},
        {INFO_AUTHORIZED, STATUS_AUTHORIZED, CREATED_S, STEP_CALL, 0},
        {INFO_AUTHORIZED, STATUS_AUTHORIZED, CREATED_S + 1, STEP_DONE, OUTCOME_STALE},
        {INFO_UPDATEAUTHORIZED, STATUS_REAUTHORIZATION_REQUIRED, CREATED_S, STEP_CALL, 0},
        {INFO_AUTHORIZED, STATUS_UNAUTHORIZED, CREATED_S - 1, STEP_CALL, 0},
        {INFO_AUTHORIZED, STATUS_UNAUTHORIZED, CREATED_S, STEP_DONE, OUTCOME_STALE},
        {INFO_UNAUTHORIZED, STATUS_AUTHORIZED, CREATED_S, STEP_STORE, 0},
        {INFO_UNAUTHORIZED, STATUS_AUTHORIZED, 0, STEP_STORE, 0},
        {INFO_UNAUTHORIZED, STATUS_AUTHORIZED, CREATED_S + 1, STEP_DONE, OUTCOME_STALE},
        {INFO_UNAUTHORIZED, STATUS_UNAUTHORIZED, CREATED_S, STEP_DONE, OUTCOME_DUPLICATE},
        {INFO_UNAUTHORIZED, STATUS_UNAUTHORIZED, CREATED_S + 1, STEP_DONE, OUTCOME_STALE},
        {INFO_UNAUTHORIZED, STATUS_UNAUTHORIZED, CREATED_S - 1, STEP_STORE, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.input.info_type = cases[i].info_type;
        case_row(&work, cases[i].status, 3);
        work.row.authorized_at_s = cases[i].authorized_at_s;

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, cases[i].step);
        if (step.kind == STEP_DONE)
            assert_int_equal(step.outcome, cases[i].outcome);
    }
}

static void a_revocation_takes_both_tokens_and_all_times(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    work.input.info_type = INFO_UNAUTHORIZED;
    case_row(&work, STATUS_AUTHORIZED, 3);
    work.row.expires_at_s = 99;

    assert_int_equal(case_on_row(&work).kind, STEP_STORE);

    assert_int_equal(work.change.status, STATUS_UNAUTHORIZED);
    assert_null(work.change.access_token.at);
    assert_null(work.change.refresh_token.at);
    assert_int_equal(work.change.expires_at_s, 0);
    assert_int_equal(work.change.refresh_due_at_s, 0);
    assert_int_equal(work.change.authorized_at_s, CREATED_S);
    assert_false(work.owes);
}

static void a_known_digest_is_a_duplicate_only_to_a_job_that_owes_nothing(void **state)
{
    (void)state;
    for (int owes = 0; owes < 2; owes++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.owes = owes;
        case_row(&work, STATUS_AUTHORIZED, 3);
        work.row.has_digest = true;
        memcpy(work.row.code_digest, work.input.code_digest, DIGEST_BYTES);

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, owes ? STEP_CALL : STEP_ANNOUNCE);
        if (!owes)
            assert_int_equal(step.outcome, OUTCOME_DUPLICATE);
    }
}

static void an_exchange_that_owes_ends_by_a_revocation_not_older_than_itself(void **state)
{
    (void)state;
    for (int age = -1; age <= 1; age++) {
        struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
        work.owes = work.code_has_answered = true;
        case_row(&work, STATUS_UNAUTHORIZED, 3);
        work.row.authorized_at_s = CREATED_S + age;

        struct step step = case_on_row(&work);

        assert_int_equal(step.kind, age < 0 ? STEP_CALL : STEP_DONE);
        if (age < 0)
            assert_int_equal(step.call, CALL_AUTHORIZER_INFO);
    }
}

static void an_exchange_without_api_permission_stores_no_access_token(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    case_row(&work, STATUS_AUTHORIZED, 3);
    case_answer(&work, (struct str){0}, (struct str){0}, -1);

    assert_int_equal(case_on_answer(&work).kind, STEP_STORE);

    assert_null(work.change.access_token.at);
    assert_true(str_equal(work.change.refresh_token, STR("R1")));
    assert_int_equal(work.change.refresh_due_at_s, 0);
    assert_false(work.lifetime_is_clamped);
}

static void an_answer_for_another_authorizer_is_never_stored(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_AUTHORIZATION_CHANGED);
    case_answer(&work, STR("A2"), STR("R2"), 7200);
    work.answer.authorizer.at[0] = 'b';

    assert_int_equal(case_on_answer(&work).kind, STEP_WAIT);

    assert_false(work.holds_token);
    assert_true(work.owes);
    assert_int_equal(case_on_row(&work).call, CALL_QUERY_AUTH);
}

static void the_row_is_mine_only_by_the_very_token_or_the_very_write(void **state)
{
    (void)state;
    struct work work = case_work(INPUT_REFRESH_DUE);
    case_row(&work, STATUS_AUTHORIZED, 4);
    case_answer(&work, STR("A2"), STR("R1"), 7200);
    (void)case_on_answer(&work);
    work.row.cause = case_mine();
    work.row.writer = ME;

    assert_false(work_row_is_mine(&work)); /* never handed to the database */
    work.has_written = true;
    assert_false(work_row_is_mine(&work)); /* my origin, but another token */
    work.row.access_token = STR("A2");
    assert_true(work_row_is_mine(&work));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refresh_that_was_parked_is_superseded_by_a_newer_authorisation_alone),
        cmocka_unit_test(a_refresh_of_an_unknown_authorizer_is_dead),
        cmocka_unit_test(a_refresh_that_has_sent_nothing_may_find_nothing_to_do),
        cmocka_unit_test(a_refresh_that_owes_calls_whatever_the_version_says),
        cmocka_unit_test(a_null_or_empty_refresh_token_is_never_sent),
        cmocka_unit_test(an_answer_without_a_refresh_token_keeps_the_old_one),
        cmocka_unit_test(a_life_counts_from_before_the_request_and_absurd_ones_are_clamped),
        cmocka_unit_test(what_may_have_acted_is_owed),
        cmocka_unit_test(a_change_of_authorisation_is_ordered_by_create_time),
        cmocka_unit_test(a_revocation_takes_both_tokens_and_all_times),
        cmocka_unit_test(a_known_digest_is_a_duplicate_only_to_a_job_that_owes_nothing),
        cmocka_unit_test(an_exchange_that_owes_ends_by_a_revocation_not_older_than_itself),
        cmocka_unit_test(an_exchange_without_api_permission_stores_no_access_token),
        cmocka_unit_test(an_answer_for_another_authorizer_is_never_stored),
        cmocka_unit_test(the_row_is_mine_only_by_the_very_token_or_the_very_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
