#include "wire/json.h"

#include <json-c/json.h>

#include "base/cleanup.h"
#include "base/utf8.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t digits_len(struct str text)
{
    size_t len = 0;
    while (len < text.len && text.at[len] >= '0' && text.at[len] <= '9')
        len++;
    return len;
}

/* Even when strict, json-c accepts a zero before the other digits, and a point without a digit
 * before or after it. It finds all other faults of a number itself. */
static const char *find_number_fault(struct str rest, size_t *len)
{
    size_t sign = rest.at[0] == '-';
    size_t whole = digits_len(str_without(rest, sign));
    size_t point = sign + whole;
    bool has_point = point < rest.len && rest.at[point] == '.';
    size_t fraction = has_point ? digits_len(str_without(rest, point + 1)) : 0;
    if (!whole || (whole > 1 && rest.at[sign] == '0') || (has_point && !fraction))
        return "number expected";

    *len = point + has_point + fraction;
    while (*len < rest.len && rest.at[*len] && strchr("eE+-.0123456789", rest.at[*len]))
        ++*len; /* skip an exponent, so that its digits do not count as another number */
    return NULL;
}

/* json-c accepts raw control characters, and ends a name at its NUL. `rest` begins with the quote.
 * An unterminated string is left to json-c. */
static const char *find_string_fault(struct str rest, size_t *len)
{
    bool has_nul = false;
    size_t at = 1;
    for (; at < rest.len && rest.at[at] != '"'; at++) {
        if ((unsigned char)rest.at[at] < 0x20)
            return "control character";
        if (rest.at[at] != '\\')
            continue;
        has_nul |= str_starts_with(str_without(rest, at), STR("\\u0000"));
        if (++at == rest.len)
            break;
    }
    *len = at < rest.len ? at + 1 : rest.len;
    at = *len;
    while (at < rest.len && is_blank(rest.at[at]))
        at++;
    return has_nul && at < rest.len && rest.at[at] == ':' ? "NUL in a name" : NULL;
}

/* Even when strict, json-c up to 0.16 accepts these outside strings, where JSON forbids them. */
static const char *find_character_fault(char c)
{
    if ((unsigned char)c < 0x20 && !is_blank(c))
        return "control character";
    return strchr("NI'/", c) ? "unexpected character" : NULL;
}

/* Finds what JSON forbids and json-c accepts. Returns NULL if there is nothing. */
static const char *find_fault(struct str text)
{
    for (struct str rest = text; rest.len;) {
        char c = rest.at[0];
        size_t len = 1;
        const char *fault = NULL;
        if (c == '"')
            fault = find_string_fault(rest, &len);
        else if (c == '-' || (c >= '0' && c <= '9'))
            fault = find_number_fault(rest, &len);
        else
            fault = find_character_fault(c);
        if (fault)
            return fault;
        rest = str_without(rest, len);
    }
    return NULL;
}

/* Removes the BOM and the blanks around the text. */
static struct str trimmed(struct str bytes)
{
    struct str bom = STR("\xEF\xBB\xBF");
    if (str_starts_with(bytes, bom))
        bytes = str_without(bytes, bom.len);
    while (bytes.len && is_blank(bytes.at[0]))
        bytes = str_without(bytes, 1);
    while (bytes.len && is_blank(bytes.at[bytes.len - 1]))
        bytes.len--;
    return bytes;
}

static void tokener_freep(struct json_tokener **tokener)
{
    if (*tokener)
        json_tokener_free(*tokener);
}

static struct json_object *parse_object(struct str bytes, int flags, const char **fault)
{
    if (!bytes.len || bytes.at[0] != '{') {
        *fault = bytes.len ? "no JSON object" : "empty";
        return NULL;
    }
    CLEANUP(tokener_freep) struct json_tokener *tokener = json_tokener_new();
    if (!tokener || bytes.len > INT32_MAX) {
        *fault = "no memory to parse it";
        return NULL;
    }

    json_tokener_set_flags(tokener, flags);
    struct json_object *object = json_tokener_parse_ex(tokener, bytes.at, (int)bytes.len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    if (object && json_tokener_get_parse_end(tokener) == bytes.len)
        return object;

    *fault = object                           ? "something behind the JSON object"
             : error == json_tokener_continue ? "cut short"
                                              : json_tokener_error_desc(error);
    json_object_put(object);
    return NULL;
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return false;
    return true;
}

/* json-c accepts overlong forms, surrogates and code points that are too high. */
static bool is_utf8(struct str text)
{
    while (text.len) {
        size_t len = utf8_len(text);
        if (!len)
            return false;
        text = str_without(text, len);
    }
    return true;
}

/* When strict, json-c 0.18 refuses every byte beyond ASCII. So the syntax is checked on a copy of
 * the text in which "?" replaces those bytes: outside a string, a "?" is just as wrong. The text
 * itself is then parsed without strictness. */
static struct json_object *parse_beyond_ascii(struct str text, const char **fault)
{
    if (!is_utf8(text)) {
        *fault = json_tokener_error_desc(json_tokener_error_parse_utf8_string);
        return NULL;
    }
    CLEANUP(freep) char *masked = malloc(text.len);
    if (!masked) {
        *fault = "no memory to parse it";
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++)
        masked[i] = (unsigned char)text.at[i] < 0x80 ? text.at[i] : '?';
    struct str form = {.at = masked, .len = text.len};
    struct json_object *proof = parse_object(form, JSON_TOKENER_STRICT, fault);
    if (!proof)
        return NULL;
    json_object_put(proof);
    return parse_object(text, 0, fault);
}

struct json_object *json_parse(struct str bytes, const char **fault)
{
    struct str text = trimmed(bytes);
    const char *found = find_fault(text);
    if (found) {
        *fault = found;
        return NULL;
    }
    if (!is_ascii(text))
        return parse_beyond_ascii(text, fault);
    return parse_object(text, JSON_TOKENER_STRICT, fault);
}

struct json_object *json_parse_tolerant(struct str bytes, const char **fault)
{
    return parse_object(trimmed(bytes), 0, fault);
}

void json_putp(struct json_object **object)
{
    json_object_put(*object);
}

struct json_object *json_member(struct json_object *object, const char *name)
{
    struct json_object *member = NULL;
    (void)json_object_object_get_ex(object, name, &member); /* false leaves member NULL */
    return member;
}

struct json_object *json_object_member(struct json_object *object, const char *name)
{
    struct json_object *member = json_member(object, name);
    return json_object_is_type(member, json_type_object) ? member : NULL;
}

static struct str string_of(struct json_object *member)
{
    return (struct str){
        .at = json_object_get_string(member),
        .len = (size_t)json_object_get_string_len(member),
    };
}

enum json_found json_string(struct str *view, struct json_object *object, const char *name)
{
    struct json_object *member = json_member(object, name);
    if (!member)
        return JSON_ABSENT;
    if (!json_object_is_type(member, json_type_string))
        return JSON_WRONG;

    struct str found = string_of(member);
    if (memchr(found.at, '\0', found.len))
        return JSON_WRONG;
    *view = found;
    return JSON_FOUND;
}

/* A number like 1770000000.0 counts as whole, as in JSON Schema. */
static bool whole_double(int64_t *number, double value)
{
    enum { EXACT_MAX = 1 << 30 };
    /* 2^53: beyond it, a double skips whole numbers. */
    const double limit = (double)EXACT_MAX * (1 << 23);
    if (!(value >= -limit && value <= limit) || value != (double)(int64_t)value)
        return false;
    *number = (int64_t)value;
    return true;
}

enum json_found json_integer(int64_t *number, struct json_object *object, const char *name)
{
    struct json_object *member = json_member(object, name);
    if (!member)
        return JSON_ABSENT;

    switch (json_object_get_type(member)) {
    case json_type_int:
        if (json_object_get_uint64(member) > INT64_MAX)
            return JSON_WRONG;
        *number = json_object_get_int64(member);
        return JSON_FOUND;
    case json_type_double:
        return whole_double(number, json_object_get_double(member)) ? JSON_FOUND : JSON_WRONG;
    case json_type_string:
        return str_to_int64(string_of(member), number) ? JSON_FOUND : JSON_WRONG;
    default:
        return JSON_WRONG;
    }
}
