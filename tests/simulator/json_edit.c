#include "json_edit.h"

#include <stdint.h>
#include <string.h>

/* Returns where the string that begins here ends: after its closing quote. */
static size_t end_of_string(const struct text *body, size_t at)
{
    for (at++; at < body->len && body->at[at] != '"'; at++)
        if (body->at[at] == '\\')
            at++;
    return at + 1;
}

/* Where the value that begins here ends. */
static size_t end_of_value(const struct text *body, size_t at)
{
    unsigned depth = 0;
    while (at < body->len) {
        char c = body->at[at];
        if (depth == 0 && strchr(",]}", c))
            return at;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at = c == '"' ? end_of_string(body, at) : at + 1;
    }
    return at;
}

bool json_edit_find(struct span *name, struct span *value, const struct text *body,
                    const char *member)
{
    struct text wanted = {0};
    text_add(&wanted, "\"%s\":", member);
    const char *found = body->len ? memmem(body->at, body->len, wanted.at, wanted.len) : NULL;
    size_t name_len = wanted.len;
    text_done(&wanted);
    if (!found)
        return false;
    size_t at = (size_t)(found - body->at);
    *name = (struct span){at, name_len};
    *value = (struct span){at + name_len, end_of_value(body, at + name_len) - at - name_len};
    return true;
}

void json_edit_replace(struct text *body, struct span span, const char *bytes, size_t len)
{
    struct text edited = {0};
    text_add_bytes(&edited, body->at, span.at);
    text_add_bytes(&edited, bytes, len);
    size_t rest = span.at + span.len;
    text_add_bytes(&edited, body->at + rest, body->len - rest);
    text_done(body);
    *body = edited;
}

void json_edit_add(struct text *body, const char *members, size_t len)
{
    if (body->len && body->at[0] == '{')
        json_edit_replace(body, (struct span){1, 0}, members, len);
}

void json_edit_set(struct text *body, const char *member, const char *json)
{
    struct span name, value;
    if (json_edit_find(&name, &value, body, member)) {
        json_edit_replace(body, value, json, strlen(json));
        return;
    }
    struct text added = {0};
    text_add(&added, "\"%s\":%s,", member, json);
    json_edit_add(body, added.at, added.len);
    text_done(&added);
}

void json_edit_remove(struct text *body, const char *member)
{
    struct span name, value;
    if (!json_edit_find(&name, &value, body, member))
        return;
    struct span whole = {name.at, name.len + value.len};
    if (body->at[whole.at + whole.len] == ',')
        whole.len++;
    else if (body->at[whole.at - 1] == ',')
        whole = (struct span){whole.at - 1, whole.len + 1};
    json_edit_replace(body, whole, "", 0);
}

void json_edit_add_everywhere(struct text *body, const char *members)
{
    struct text edited = {0};
    for (size_t at = 0, end = 0; at < body->len; at = end) {
        end = body->at[at] == '"' ? end_of_string(body, at) : at + 1;
        text_add_bytes(&edited, body->at + at, end - at);
        if (body->at[at] == '{')
            text_add_bytes(&edited, members, strlen(members));
    }
    text_done(body);
    *body = edited;
}

void json_edit_quote_numbers(struct text *body)
{
    static const char number[] = "-+.eE0123456789";
    struct text edited = {0};
    for (size_t at = 0, end = 0; at < body->len; at = end) {
        bool is_number = strchr("-0123456789", body->at[at]);
        end = body->at[at] == '"' ? end_of_string(body, at) : at + 1;
        if (is_number)
            end = at + strspn(body->at + at, number);
        text_add(&edited, "%s", is_number ? "\"" : "");
        text_add_bytes(&edited, body->at + at, end - at);
        text_add(&edited, "%s", is_number ? "\"" : "");
    }
    text_done(body);
    *body = edited;
}

void json_edit_escape_strings(struct text *body)
{
    struct text edited = {0};
    bool in_string = false;
    for (size_t at = 0; at < body->len; at++) {
        char c = body->at[at];
        in_string ^= c == '"';
        if (in_string && c != '"')
            text_add(&edited, "\\u%04x", (unsigned)(unsigned char)c);
        else
            text_add_bytes(&edited, &c, 1);
    }
    text_done(body);
    *body = edited;
}
