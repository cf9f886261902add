/*
 * The log: one line for each thing worth knowing, on stderr, as logfmt or JSON.
 *
 * A line is a constant sentence plus typed fields:
 *
 *     LOG(log, LEVEL_INFO, "token stored", LOG_STR("authorizer", name), LOG_INT("version", 3));
 *
 * `ts` (RFC 3339, UTC, milliseconds), `level` and `msg` come first. There is no field for secrets,
 * and there must never be one. In a value that is not UTF-8, U+FFFD replaces what is wrong. Control
 * characters are escaped. So a line is always one line and always parses. Limits: a line has at
 * most LOG_LINE_MAX bytes, which a pipe takes whole or not at all. A value is cut at LOG_VALUE_MAX
 * bytes and then ends in "…". Fields that no longer fit are left out, and `cut=true` says so.
 * Errors: none. A reader that has stopped costs LOG_WAIT_MS once. Lines are then dropped until it
 * reads again, and `lines_lost` says how many. Ownership: nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/text.h"
#include "base/time.h"

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };

enum log_format { FORMAT_LOGFMT, FORMAT_JSON };

enum {
    LOG_LINE_MAX = 4096, /* PIPE_BUF on Linux, so that lines of several processes never mix */
    LOG_VALUE_MAX = 1024,
    LOG_WAIT_MS = 100,
};

struct log {
    int fd; /* borrowed */
    enum log_level level;
    enum log_format format;
    bool is_stuck; /* the last line found no room */
    int64_t lines_lost;
};

enum log_field_kind { FIELD_STR, FIELD_INT, FIELD_BOOL };

struct log_field {
    const char *key; /* snake_case, constant */
    enum log_field_kind kind;
    struct str view;
    int64_t number; /* INT, BOOL */
};

#define LOG_STR(name, value)  ((struct log_field){.key = (name), .kind = FIELD_STR, .view = (value)})
#define LOG_TEXT(name, value) LOG_STR(name, str_of(value))
#define LOG_INT(name, value)                                                                       \
    ((struct log_field){.key = (name), .kind = FIELD_INT, .number = (value)})
#define LOG_BOOL(name, value)                                                                      \
    ((struct log_field){.key = (name), .kind = FIELD_BOOL, .number = (value)})

/* Writes a line with any number of fields. The array's first member only keeps it from being
 * empty. */
#define LOG(log, level, msg, ...)                                                                  \
    log_write(log, level, msg, (const struct log_field[]){{0}, ##__VA_ARGS__} + 1,                 \
              sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field) -  \
                  1)

/* Initialises a log that writes to stderr. Lines below `level` are left out. */
void log_init(struct log *log, enum log_level level, enum log_format format);

void log_write(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count);

/* What a line starts with: the time (unix time), how serious it is, and what it says. */
struct log_head {
    ms_t wall_ms;
    enum log_level level;
    const char *msg;
};

/* Writes the line itself, newline included, for tests and for log_write. `line` has room for
 * LOG_LINE_MAX bytes. */
void log_format_line(struct text *line, enum log_format format, const struct log_head *head,
                     const struct log_field *fields, size_t count);
