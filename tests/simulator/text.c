#include "text.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_room(struct text *t, size_t more)
{
    size_t wanted = t->len + more + 1;
    if (wanted <= t->room)
        return;

    size_t room = t->room ? t->room : 512;
    while (room < wanted)
        room *= 2;
    t->at = realloc(t->at, room);
    if (!t->at)
        abort();
    t->room = room;
}

void text_done(struct text *t)
{
    free(t->at);
    *t = (struct text){0};
}

void text_add_bytes(struct text *t, const char *bytes, size_t len)
{
    make_room(t, len);
    memcpy(t->at + t->len, bytes, len);
    t->len += len;
    t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_list(t, format, arguments);
    va_end(arguments);
}

void text_add_list(struct text *t, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    make_room(t, 0);
    int len = vsnprintf(t->at + t->len, t->room - t->len, format, arguments);
    if (len < 0)
        abort();
    if ((size_t)len >= t->room - t->len) {
        make_room(t, (size_t)len);
        (void)vsnprintf(t->at + t->len, t->room - t->len, format, again);
    }
    t->len += (size_t)len;
    va_end(again);
}

/* Returns the length of the UTF-8 character at the front of a terminated text; 0 if it is none. */
static size_t character_len(const unsigned char *at)
{
    size_t len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if ((at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool is_too_high = at[0] == 0xf4 && at[1] > 0x8f;
    return is_overlong || is_surrogate || is_too_high ? 0 : len;
}

/* In place: what is quoted comes from outside, and may be cut in the middle of a character. */
static void make_utf8(char *text)
{
    while (*text) {
        size_t len = character_len((const unsigned char *)text);
        if (!len)
            *text = '?';
        text += len ? len : 1;
    }
}

static struct json_object *string_of(const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        abort();
    make_utf8(copy);
    struct json_object *string = json_object_new_string(copy);
    free(copy);
    return string;
}

void text_add_quoted(struct text *t, const char *value)
{
    struct json_object *string = value ? string_of(value) : NULL;
    const char *json = json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE);
    text_add_bytes(t, json, strlen(json));
    json_object_put(string);
}
