#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void text_add(struct text *text, struct str piece)
{
    size_t room = text->max - text->len;
    size_t len = piece.len < room ? piece.len : room;
    if (len)
        memcpy(text->at + text->len, piece.at, len);
    text->len += len;
    text->cut |= len < piece.len;
}

void text_add_char(struct text *text, char piece)
{
    text_add(text, (struct str){.at = &piece, .len = 1});
}

void text_add_int(struct text *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        digits[--at] = '-';
    text_add(text, (struct str){.at = digits + at, .len = sizeof(digits) - at});
}

void text_format(struct text *text, const char *format, ...)
{
    size_t room = text->max - text->len;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->at + text->len, room, format, arguments);
    va_end(arguments);
    assert(len >= 0);

    text->cut |= (size_t)len >= room;
    text->len += (size_t)len < room ? (size_t)len : (room ? room - 1 : 0);
}

const char *text_terminated(struct text *text)
{
    assert(text->max > 0);
    if (text->len == text->max) {
        text->len--;
        text->cut = true;
    }
    text->at[text->len] = '\0';
    return text->at;
}
