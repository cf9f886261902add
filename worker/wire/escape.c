#include "wire/escape.h"

static const char hex_digits[] = "0123456789ABCDEF";

static void escape_json_byte(struct text *text, unsigned char c)
{
    if (c == '"' || c == '\\') {
        text_add_char(text, '\\');
        text_add_char(text, (char)c);
        return;
    }
    char escaped[] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
    text_add(text, (struct str){.at = escaped, .len = sizeof(escaped)});
}

void escape_json(struct text *text, struct str piece)
{
    size_t plain = 0; /* where the bytes begin that need no escape; they are copied in one go */
    text_add_char(text, '"');
    for (size_t i = 0; i < piece.len; i++) {
        unsigned char c = (unsigned char)piece.at[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        text_add(text, (struct str){.at = piece.at + plain, .len = i - plain});
        escape_json_byte(text, c);
        plain = i + 1;
    }
    if (plain < piece.len)
        text_add(text, (struct str){.at = piece.at + plain, .len = piece.len - plain});
    text_add_char(text, '"');
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void escape_url(struct text *text, struct str piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        unsigned char c = (unsigned char)piece.at[i];
        char escaped[] = {'%', hex_digits[c >> 4], hex_digits[c & 15]};
        if (is_unreserved(c))
            text_add_char(text, (char)c);
        else
            text_add(text, (struct str){.at = escaped, .len = sizeof(escaped)});
    }
}
