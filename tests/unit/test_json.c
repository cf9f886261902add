#include "test.h"

#include <json-c/json.h>

#include "base/cleanup.h"
#include "wire/json.h"

#define DEEP "[[[[[[[[[[[[[[[["
#define PEED "]]]]]]]]]]]]]]]]"

/* Makes a view of a literal, which may contain a NUL. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static void one_object_is_taken(void **state)
{
    (void)state;
    static const struct str texts[] = {
        TEXT("{}"),
        TEXT("{\"a\":1}"),
        TEXT("\xEF\xBB\xBF\r\n\t {\"a\":1}\n "),
        TEXT("{\"a\":\"\\\"N\"}"),
        TEXT("{\"a\":\"NaN 'x' /* \\\" \\\\\"}"),
        TEXT("{\"a\":\"\\u0000 \\ud83d\\ude00 \xE4\xBD\xA0\"}"),
        TEXT("{\"a\":[null,true,false,-1.5e+3,{}]}"),
        TEXT("{\"a\":[0,-0,0.5,10,1E05,1.0e-01]}"),
        TEXT("{\"\xE4\xBD\xA0\":\"\xE5\xA5\xBD\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *fault = "";

        struct json_object *object = json_parse(texts[i], &fault);

        if (!object)
            fail_msg("%.*s: %s", STR_ARGS(texts[i]), fault);
        json_object_put(object);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const struct str texts[] = {
        TEXT(""),
        TEXT(" \n"),
        TEXT("\xEF\xBB\xBF"),
        TEXT("null"),
        TEXT("[{}]"),
        TEXT("\"{}\""),
        TEXT("{\"a\":1"),
        TEXT("{\"a\":1}{}"),
        TEXT("{\"a\":1}\0"),
        TEXT("{\"a\":1}\0{}"),
        TEXT("{\"a\":1,}"),
        TEXT("{'a':1}"),
        TEXT("{\"a\":'1'}"),
        TEXT("{\"a\":1/**/}"),
        TEXT("{\"a\":NaN}"),
        TEXT("{\"a\":[-Infinity]}"),
        TEXT("{\"a\":Infinity}"),
        TEXT("{\"a\":01}"),
        TEXT("{\"a\":00}"),
        TEXT("{\"a\":-01}"),
        TEXT("{\"a\":1.}"),
        TEXT("{\"a\":1.e1}"),
        TEXT("{\"a\":-.5}"),
        TEXT("{\"a\":-}"),
        TEXT("{\"a\":1e}"),
        TEXT("{\"a\":1.5.5}"),
        TEXT("{\"a\":\"\x01\"}"),
        TEXT("{\"a\":\"\n\"}"),
        TEXT("{\"a\":\"\0\"}"),
        TEXT("{\v\"a\":1}"),
        TEXT("{\"a\":\"\xC3(\"}"),
        TEXT("{\"\xFF\":1}"),
        TEXT("{\"a\":\"\xC0\x80\"}"),
        TEXT("{\"a\":\"\xE0\x80\x80\"}"),
        TEXT("{\"a\":\"\xED\xA0\x80\"}"),
        TEXT("{\"a\":\"\xF4\x90\x80\x80\"}"),
        TEXT("{\"a\":\"\xE4\xBD"),
        TEXT("{\"a\\u0000b\":1}"),
        TEXT("{\"b\":{\"\\u0000\" :1}}"),
        TEXT("{\"a\":\"\xE4\xBD\xA0\",}"),
        TEXT("{\"a\":\"\xE4\xBD\xA0\",\"b\":01}"),
        TEXT("{\"a\":1\xE4\xBD\xA0}"),
        TEXT("{\"a\":" DEEP DEEP PEED PEED "}"),
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *fault = NULL;

        if (json_parse(texts[i], &fault))
            fail_msg("%.*s: it is taken", STR_ARGS(texts[i]));

        assert_non_null(fault);
    }
}

static void the_tolerant_reader_takes_what_wechat_sends(void **state)
{
    (void)state;
    static const struct str texts[] = {
        TEXT("\xEF\xBB\xBF {\"nick_name\":\"\x07\x14\"}"),
        TEXT("{\"nick_name\":\"\xC4\xE3(\"}\r\n"),
        TEXT("{\"expires_in\":99999999999999999999}"),
    };
    const char *fault = "";
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CLEANUP(json_putp) struct json_object *object = json_parse_tolerant(texts[i], &fault);
        if (!object)
            fail_msg("%.*s: %s", STR_ARGS(texts[i]), fault);
    }
    assert_null(json_parse_tolerant(STR("{} x"), &fault));
    assert_string_equal(fault, "something behind the JSON object");
    assert_null(json_parse_tolerant(STR("{\"a\":\"x"), &fault));
    assert_string_equal(fault, "cut short");
}

static void a_number_is_taken_if_it_is_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_found found;
        int64_t number;
    } cases[] = {
        {"{}", JSON_ABSENT, 0},
        {"{\"n\":null}", JSON_ABSENT, 0},
        {"{\"n\":0}", JSON_FOUND, 0},
        {"{\"n\":-7}", JSON_FOUND, -7},
        {"{\"n\":1,\"n\":2}", JSON_FOUND, 2},
        {"{\"n\":9223372036854775807}", JSON_FOUND, INT64_MAX},
        {"{\"n\":9223372036854775808}", JSON_WRONG, 0},
        {"{\"n\":1770000000.0}", JSON_FOUND, 1770000000},
        {"{\"n\":1.77e9}", JSON_FOUND, 1770000000},
        {"{\"n\":1.5}", JSON_WRONG, 0},
        {"{\"n\":1e300}", JSON_WRONG, 0},
        {"{\"n\":\"1770000000\"}", JSON_FOUND, 1770000000},
        {"{\"n\":\"-9223372036854775808\"}", JSON_FOUND, INT64_MIN},
        {"{\"n\":\"9223372036854775808\"}", JSON_WRONG, 0},
        {"{\"n\":\"\"}", JSON_WRONG, 0},
        {"{\"n\":\" 1\"}", JSON_WRONG, 0},
        {"{\"n\":\"1.0\"}", JSON_WRONG, 0},
        {"{\"n\":\"1\\u0000\"}", JSON_WRONG, 0},
        {"{\"n\":true}", JSON_WRONG, 0},
        {"{\"n\":[1]}", JSON_WRONG, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *fault = NULL;
        CLEANUP(json_putp) struct json_object *object = json_parse(str_of(cases[i].text), &fault);
        int64_t number = 0;

        enum json_found found = json_integer(&number, object, "n");

        if (found != cases[i].found || number != cases[i].number)
            fail_msg("%s: found %d, %ld", cases[i].text, found, (long)number);
    }
}

static void a_string_is_taken_without_a_nul(void **state)
{
    (void)state;
    const char *fault = NULL;
    CLEANUP(json_putp)
    struct json_object *object = json_parse(
        STR("{\"s\":\"a\\u0062\",\"nul\":\"a\\u0000b\",\"n\":1,\"null\":null}"), &fault);
    struct str view = STR("untouched");

    assert_int_equal(json_string(&view, object, "nul"), JSON_WRONG);
    assert_int_equal(json_string(&view, object, "n"), JSON_WRONG);
    assert_int_equal(json_string(&view, object, "null"), JSON_ABSENT);
    assert_int_equal(json_string(&view, object, "none"), JSON_ABSENT);
    assert_true(str_equal(view, STR("untouched")));
    assert_int_equal(json_string(&view, object, "s"), JSON_FOUND);
    assert_true(str_equal(view, STR("ab")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_object_is_taken),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(the_tolerant_reader_takes_what_wechat_sends),
        cmocka_unit_test(a_number_is_taken_if_it_is_whole),
        cmocka_unit_test(a_string_is_taken_without_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
