/*
 * struct text: bytes that grow on the heap, for the bodies of requests and replies.
 *
 * A text is always terminated by a zero byte, which len does not count. The owner calls text_done.
 * {0} is an empty text. Running out of memory ends the process: this is a program for tests.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *at; /* NULL until something is added */
    size_t len;
    size_t room;
};

void text_done(struct text *t);
void text_add_bytes(struct text *t, const char *bytes, size_t len);
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(struct text *t, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Adds the value as a JSON string with its quotes. Bytes that are no UTF-8 become "?", NULL becomes
 * null. */
void text_add_quoted(struct text *t, const char *value);
