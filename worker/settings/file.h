/*
 * The settings file: "key = value" lines, "#" comments, and nothing else.
 *
 * A value is everything after the first "=", without the white space around it. It may contain "#",
 * ";", "=" and quotes, so that any secret survives. A comment is a line that starts with "#",
 * perhaps after white space. There are no sections, no continued lines and no limit on the length
 * of a line. (An INI library would cut values at " ;" and lines at 200 bytes.) A byte-order mark
 * and CR LF are accepted. Limits: FILE_BYTES_MAX. Ownership: views point into the file's bytes.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum { FILE_BYTES_MAX = 1 << 20 };

enum file_line { FILE_PAIR, FILE_WRONG, FILE_END };

struct file_cursor {
    struct str rest;
    int line; /* the line that file_next returned last; the first is 1 */
};

struct file_cursor file_cursor_of(struct str bytes);

/* Returns the next line that is neither empty nor a comment. FILE_WRONG: it has no "=", no key, or
 * a NUL. Pure. */
enum file_line file_next(struct file_cursor *cursor, struct str *key, struct str *value);

/* Reads the whole file; the caller frees bytes->at. ERR_CONFIG if the file cannot be read or is too
 * large. ERR_BUG if there is no memory. */
MUST_USE bool file_read(struct str *bytes, const char *path, struct err *err);
