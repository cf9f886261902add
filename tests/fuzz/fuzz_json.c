/*
 * json_parse and json_parse_tolerant. The input is the text. What must hold:
 *
 * - json_parse accepts exactly what a second implementation of RFC 8259 accepts (grammar.h), both
 *   for ASCII and for a text that is checked on a masked copy;
 * - the tolerant reader accepts whatever the strict one accepts;
 * - a fault is a printable constant, and no memory is leaked;
 * - accepted JSON, written again, is accepted as the same;
 * - a member is found, absent or wrong, and outputs change only if it is found.
 */
#include <json-c/json.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/grammar.h"
#include "wire/json.h"

static void check_number(struct json_object *object, const char *name)
{
    int64_t number = 42;
    if (json_integer(&number, object, name) != JSON_FOUND) {
        assert(number == 42);
        return;
    }
    int64_t again = 0;
    struct json_object *member = json_member(object, name);
    if (json_object_is_type(member, json_type_string))
        assert(str_to_int64(str_of(json_object_get_string(member)), &again) && again == number);
    else if (json_object_is_type(member, json_type_int))
        assert(json_object_get_int64(member) == number);
    else
        assert(json_object_get_double(member) == (double)number);
}

static void check_string(struct json_object *object, const char *name)
{
    struct str untouched = STR("untouched");
    struct str view = untouched;
    if (json_string(&view, object, name) != JSON_FOUND) {
        assert(view.at == untouched.at);
        return;
    }
    assert(strlen(view.at) == view.len);
    assert(grammar_is_utf8(view));
}

static void check_members(struct json_object *object)
{
    json_object_object_foreach(object, name, member)
    {
        assert(json_member(object, name) == member);
        check_number(object, name);
        check_string(object, name);
    }
    int64_t number = 42;
    assert(json_integer(&number, object, "no such member") == JSON_ABSENT && number == 42);
}

static void check_written_again(struct json_object *object)
{
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    if (strstr(text, "Infinity")) /* 1e400: JSON, and json-c's infinity */
        return;
    const char *fault = NULL;
    struct json_object *again = json_parse(str_of(text), &fault);
    assert(again);
    assert(json_object_equal(object, again));
    json_object_put(again);
}

static void check_tolerant(struct str text, bool is_object)
{
    const char *fault = NULL;
    struct json_object *object = json_parse_tolerant(text, &fault);
    assert(object || !is_object);
    assert(object || (fault && is_sentence(fault, 100)));
    json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = exact_copy((struct str){.at = (const char *)data, .len = size});
    if (!text.at)
        text = exact_copy(STR(""));
    struct grammar_opinion opinion = grammar_judge(text);
    bool is_right = opinion.is_object && !opinion.has_nul_in_name;
    const char *fault = NULL;
    struct json_object *object = json_parse(text, &fault);
    assert(is_right == (object != NULL) || opinion.has_huge_integer);
    bool object_was_taken = object != NULL;
    if (object) {
        check_members(object);
        check_written_again(object);
        json_object_put(object);
    } else {
        assert(fault && is_sentence(fault, 100));
    }
    check_tolerant(text, object_was_taken);
    exact_free(text);
    return 0;
}
