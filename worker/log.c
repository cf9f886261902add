#include "log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

enum { CUT_ROOM = sizeof(",\"cut\":true}\n") - 1 };

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LEVEL_DEBUG:
        return "debug";
    case LEVEL_INFO:
        return "info";
    case LEVEL_WARN:
        return "warn";
    case LEVEL_ERROR:
        return "error";
    }
    return "error";
}

/* Returns true for U+0000 to U+001F, U+007F and the second set of control characters, U+0080 to
 * U+009F, which also move a terminal's cursor. */
static bool is_control(struct str character)
{
    unsigned char first = (unsigned char)character.at[0];
    if (character.len == 1)
        return first < 0x20 || first == 0x7f;
    return character.len == 2 && first == 0xc2 && (unsigned char)character.at[1] < 0xa0;
}

static void add_character(struct text *line, struct str character)
{
    unsigned char last = (unsigned char)character.at[character.len - 1];
    if (last == '\n')
        text_add(line, STR("\\n"));
    else if (last == '\t')
        text_add(line, STR("\\t"));
    else if (is_control(character))
        text_format(line, "\\u%04x", last);
    else if (last == '"' || last == '\\')
        text_format(line, "\\%c", last);
    else
        text_add(line, character);
}

static void add_quoted(struct text *line, struct str value)
{
    struct str rest = value;
    text_add_char(line, '"');
    while (rest.len > 0 && value.len - rest.len < LOG_VALUE_MAX) {
        size_t len = utf8_len(rest);
        if (len == 0)
            text_add(line, STR("\xef\xbf\xbd"));
        else
            add_character(line, (struct str){.at = rest.at, .len = len});
        rest.at += len ? len : 1;
        rest.len -= len ? len : 1;
    }
    if (rest.len > 0)
        text_add(line, STR("…"));
    text_add_char(line, '"');
}

/* Returns true if logfmt takes the value without quotes. */
static bool is_bare(struct str value)
{
    if (value.len == 0 || value.len > LOG_VALUE_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return true;
}

static void add_str(struct text *line, enum log_format format, struct str value)
{
    if (format == FORMAT_JSON && !value.at)
        text_add(line, STR("null"));
    else if (format == FORMAT_LOGFMT && is_bare(value))
        text_add(line, value);
    else
        add_quoted(line, value);
}

static void add_value(struct text *line, enum log_format format, const struct log_field *field)
{
    switch (field->kind) {
    case FIELD_STR:
        add_str(line, format, field->view);
        return;
    case FIELD_INT:
        text_add_int(line, field->number);
        return;
    case FIELD_BOOL:
        text_add(line, field->number ? STR("true") : STR("false"));
        return;
    }
}

static void add_field(struct text *line, enum log_format format, const struct log_field *field)
{
    text_format(line, format == FORMAT_JSON ? ",\"%s\":" : " %s=", field->key);
    add_value(line, format, field);
}

static void add_head(struct text *line, enum log_format format, const struct log_head *head)
{
    time_t seconds = (time_t)(head->wall_ms / MS_PER_S);
    struct tm utc;
    char ts[32] = "";
    if (gmtime_r(&seconds, &utc))
        (void)strftime(ts, sizeof(ts), "%Y-%m-%dT%H:%M:%S", &utc);

    text_format(line, format == FORMAT_JSON ? "{\"ts\":\"%s.%03dZ\"" : "ts=%s.%03dZ", ts,
                (int)(head->wall_ms % MS_PER_S));
    add_field(line, format, &LOG_TEXT("level", level_name(head->level)));
    add_field(line, format, &LOG_TEXT("msg", head->msg));
}

void log_format_line(struct text *line, enum log_format format, const struct log_head *head,
                     const struct log_field *fields, size_t count)
{
    assert(line->max >= LOG_LINE_MAX);
    struct text body = {.at = line->at, .max = LOG_LINE_MAX - CUT_ROOM};
    add_head(&body, format, head);

    bool cut = false;
    for (size_t i = 0; i < count; i++) {
        size_t before = body.len;
        add_field(&body, format, &fields[i]);
        if (!body.cut)
            continue;
        body.len = before;
        body.cut = false;
        cut = true;
    }

    line->len = body.len;
    if (cut)
        add_field(line, format, &LOG_BOOL("cut", true));
    text_add(line, format == FORMAT_JSON ? STR("}\n") : STR("\n"));
}

void log_init(struct log *log, enum log_level level, enum log_format format)
{
    *log = (struct log){.fd = STDERR_FILENO, .level = level, .format = format};
}

/* A pipe that polls as writable takes PIPE_BUF bytes without waiting. Its flags are not ours to
 * change. */
static bool has_room(const struct log *log)
{
    struct pollfd poll_fd = {.fd = log->fd, .events = POLLOUT};
    return poll(&poll_fd, 1, log->is_stuck ? 0 : LOG_WAIT_MS) == 1;
}

static bool put_line(const struct log *log, enum log_level level, const char *msg,
                     const struct log_field *fields, size_t count)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    char bytes[LOG_LINE_MAX];
    struct text line = TEXT_IN(bytes);
    struct log_head head = {
        .wall_ms = (ms_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000,
        .level = level,
        .msg = msg,
    };
    log_format_line(&line, log->format, &head, fields, count);
    return has_room(log) && write(log->fd, line.at, line.len) == (ssize_t)line.len;
}

void log_write(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count)
{
    if (level < log->level)
        return;

    int errno_before = errno;
    if (log->lines_lost > 0 && put_line(log, LEVEL_WARN, "log lines lost, going on",
                                        &LOG_INT("lines_lost", log->lines_lost), 1))
        log->lines_lost = 0;
    bool written = put_line(log, level, msg, fields, count);
    log->is_stuck = !written;
    log->lines_lost += written ? 0 : 1;
    errno = errno_before;
}
