#include "engine/fuse.h"

#include "test.h"

static bool note_many(struct fuse *fuse, enum fuse_answer answer, int count, ms_t now)
{
    bool has_blown = false;
    for (int i = 0; i < count; i++)
        has_blown |= fuse_note(fuse, answer, now);
    return has_blown;
}

static void twenty_withdrawals_are_believed(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    assert_false(note_many(&fuse, FUSE_WITHDRAWAL, 20, 1000));
    assert_false(fuse_is_blown(&fuse, 1000));
}

static void one_more_blows_the_fuse_once(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 20, 1000);
    assert_true(fuse_note(&fuse, FUSE_WITHDRAWAL, 1001));
    assert_false(fuse_note(&fuse, FUSE_WITHDRAWAL, 1002));
    assert_true(fuse_is_blown(&fuse, 1002));
}

static void many_withdrawals_among_more_other_answers_are_believed(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_OTHER_ANSWER, 100, 1000);
    assert_false(note_many(&fuse, FUSE_WITHDRAWAL, 100, 1000));
    assert_true(fuse_note(&fuse, FUSE_WITHDRAWAL, 1000));
}

static void withdrawals_of_the_minute_before_do_not_count(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 20, 1000);
    assert_false(note_many(&fuse, FUSE_WITHDRAWAL, 20, 1000 + FUSE_MINUTE_MS + 5000));
}

static void withdrawals_are_counted_over_the_whole_minute(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 10, 1000);
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 10, 30000);
    assert_true(fuse_note(&fuse, FUSE_WITHDRAWAL, 54000));
}

static void the_fuse_holds_for_ten_minutes_after_the_last_answer_that_blew_it(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 21, 1000);
    assert_true(fuse_is_blown(&fuse, 1000 + FUSE_BLOWN_MS - 1));
    assert_false(fuse_is_blown(&fuse, 1000 + FUSE_BLOWN_MS));
    assert_true(note_many(&fuse, FUSE_WITHDRAWAL, 21, 1000 + FUSE_BLOWN_MS));
}

static void a_long_silence_forgets_everything(void **state)
{
    (void)state;
    struct fuse fuse = {0};
    (void)note_many(&fuse, FUSE_WITHDRAWAL, 20, 1000);
    assert_false(note_many(&fuse, FUSE_WITHDRAWAL, 20, (ms_t)1 << 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_withdrawals_are_believed),
        cmocka_unit_test(one_more_blows_the_fuse_once),
        cmocka_unit_test(many_withdrawals_among_more_other_answers_are_believed),
        cmocka_unit_test(withdrawals_of_the_minute_before_do_not_count),
        cmocka_unit_test(withdrawals_are_counted_over_the_whole_minute),
        cmocka_unit_test(the_fuse_holds_for_ten_minutes_after_the_last_answer_that_blew_it),
        cmocka_unit_test(a_long_silence_forgets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
