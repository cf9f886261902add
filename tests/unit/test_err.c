#include "test.h"

#include <string.h>
#include <sysexits.h>

#include "base/err.h"

static void setting_an_error_gives_false(void **state)
{
    (void)state;
    struct err err;

    assert_false(err_set(&err, ERR_REJECT, "cannot parse offset \"%s\"", "12x"));

    assert_int_equal(err.kind, ERR_REJECT);
    assert_string_equal(err.text, "cannot parse offset \"12x\"");
}

static void context_goes_in_front(void **state)
{
    (void)state;
    struct err err;
    (void)err_set(&err, ERR_CONFIG, "invalid JSON");

    assert_false(err_prefix(&err, "order %d", 7));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_string_equal(err.text, "order 7: invalid JSON");
}

static void the_old_sentence_may_be_an_argument_of_the_new(void **state)
{
    (void)state;
    struct err err;
    (void)err_set(&err, ERR_REJECT, "old");

    (void)err_set(&err, ERR_BUG, "%s and new", err.text);
    assert_string_equal(err.text, "old and new");
    (void)err_prefix(&err, "<%s>", err.text);
    assert_string_equal(err.text, "<old and new>: old and new");
}

static void too_long_a_sentence_is_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct err err;

    (void)err_set(&err, ERR_REJECT, "%s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    (void)err_prefix(&err, "context");
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_memory_equal(err.text, "context: xxx", 12);
    (void)err_prefix(&err, "%s", text);

    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void each_kind_has_its_exit_status(void **state)
{
    (void)state;

    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_NONE}), EX_OK);
    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_USAGE}), 64);
    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_UNAVAILABLE}), 69);
    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_BUG}), 70);
    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_CONFIG}), 78);
    assert_int_equal(err_exit_status(&(struct err){.kind = ERR_REJECT}), EX_DATAERR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_gives_false),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(the_old_sentence_may_be_an_argument_of_the_new),
        cmocka_unit_test(too_long_a_sentence_is_cut),
        cmocka_unit_test(each_kind_has_its_exit_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
