/*
 * data_base64 of a structured event. The input is the content of the member. What must hold:
 *
 * - the decoder accepts it if and only if it is base64 as in RFC 4648 (padded, no other bytes; bits
 *   left over before the padding do not matter) of exactly one JSON object. Both are checked by a
 *   second implementation.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/grammar.h"
#include "wire/cloudevent.h"
#include "wire/escape.h"
#include "wire/json.h"

enum { INPUT_MAX = 16 * 1024, VALUE_MAX = 6 * INPUT_MAX + 256 };

static int sextet(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = memchr(letters, c, sizeof(letters) - 1);
    return at ? (int)(at - letters) : -1;
}

/* Writes at most three bytes for four; false where it is not base64. */
static bool decode_base64(struct str *decoded, char *into, struct str text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
        padding++;
    size_t len = text.len - padding;
    uint32_t bits = 0;
    *decoded = (struct str){.at = into};
    for (size_t i = 0; i < len; i++) {
        int six = sextet(text.at[i]);
        if (six < 0)
            return false;
        bits = bits << 6 | (uint32_t)six;
        if (i % 4)
            into[decoded->len++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return text.len % 4 == 0;
}

static bool is_taken(struct str text)
{
    static char bytes[VALUE_MAX];
    struct text json = TEXT_IN(bytes);
    text_add(&json, STR("{\"specversion\":\"1.0\",\"type\":\"T\",\"data_base64\":"));
    escape_json(&json, text);
    text_add_char(&json, '}');
    assert(!json.cut);
    struct record_header header = {STR("content-type"), STR("application/cloudevents+json")};
    struct record record = {
        .value = exact_copy(text_str(&json)),
        .header_count = 1,
        .headers = &header,
    };
    struct cloudevent event;
    struct dead dead = {.message = ""};
    bool taken = cloudevent_decode(&event, &record, &dead);
    assert(taken || is_sentence(dead.message, sizeof(dead.message)));
    if (taken)
        json_putp(&event.root);
    exact_free(record.value);
    return taken;
}

/* What the text holds, as a second reading has it. */
static struct grammar_opinion judge(struct str text)
{
    char *into = malloc(text.len + 4);
    assert(into);
    struct str decoded;
    struct grammar_opinion opinion = {0};
    if (decode_base64(&decoded, into, text))
        opinion = grammar_judge(decoded);
    free(into);
    return opinion;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.at = (const char *)data, .len = size};
    if (text.len > INPUT_MAX || !grammar_is_utf8(text))
        return 0;
    struct grammar_opinion opinion = judge(text);
    bool is_right = opinion.is_object && !opinion.has_nul_in_name;
    assert(is_taken(text) == is_right || opinion.has_huge_integer);
    return 0;
}
