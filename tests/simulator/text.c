#include "text.h"

#include <json-c/json.h>
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

void text_add_quoted(struct text *t, const char *value)
{
    struct json_object *string = value ? json_object_new_string(value) : NULL;
    const char *json = json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE);
    text_add_bytes(t, json, strlen(json));
    json_object_put(string);
}
