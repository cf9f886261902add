/*
 * The settings file: "key = value" lines, "#" comments, nothing else.
 *
 * A value is everything behind the first "=" without the white space around it, "#", ";", "=" and
 * quotes included, so that any secret survives; a comment is a line whose first mark is "#". There
 * are no sections, no continued lines and no limit on a line's length. (An INI library would cut
 * values at " ;" and lines at 200 bytes.) A byte-order mark and CR LF are taken. Limits:
 * FILE_BYTES_MAX. Ownership: views point into the file's bytes.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum { FILE_BYTES_MAX = 1 << 20 };

enum file_line { FILE_PAIR, FILE_WRONG, FILE_END };

struct file_cursor {
    struct str rest;
    int line; /* of what file_next gave last; 1-based */
};

struct file_cursor file_cursor_of(struct str bytes);

/* Gives the next line that says something. FILE_WRONG: no "=", no key, or a NUL in it. Pure. */
enum file_line file_next(struct file_cursor *cursor, struct str *key, struct str *value);

/* Reads the whole file; the caller frees bytes->at. ERR_CONFIG where it cannot be read or is too
 * large. */
MUST_USE bool file_read(struct str *bytes, const char *path, struct err *err);
