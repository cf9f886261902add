#include "settings/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

static void fclosep(FILE **file)
{
    if (*file)
        (void)fclose(*file); /* was only read, so an error means nothing */
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct str trim(struct str text)
{
    while (text.len > 0 && is_space(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    return text;
}

struct file_cursor file_cursor_of(struct str bytes)
{
    struct str mark = STR("\xef\xbb\xbf");
    size_t skip = str_starts_with(bytes, mark) ? mark.len : 0;
    return (struct file_cursor){.rest = {.at = bytes.at + skip, .len = bytes.len - skip}};
}

static struct str next_line(struct file_cursor *cursor)
{
    const char *end = memchr(cursor->rest.at, '\n', cursor->rest.len);
    struct str line = {.at = cursor->rest.at, .len = cursor->rest.len};
    if (end)
        line.len = (size_t)(end - line.at);
    size_t taken = line.len + (end ? 1 : 0);
    cursor->rest = (struct str){.at = line.at + taken, .len = cursor->rest.len - taken};
    cursor->line++;
    return trim(line);
}

static enum file_line split(struct str line, struct str *key, struct str *value)
{
    const char *equals = memchr(line.at, '=', line.len);
    if (!equals || memchr(line.at, '\0', line.len))
        return FILE_WRONG;
    size_t key_len = (size_t)(equals - line.at);
    *key = trim((struct str){.at = line.at, .len = key_len});
    *value = trim((struct str){.at = equals + 1, .len = line.len - key_len - 1});
    return str_is_empty(*key) ? FILE_WRONG : FILE_PAIR;
}

enum file_line file_next(struct file_cursor *cursor, struct str *key, struct str *value)
{
    while (cursor->rest.len > 0) {
        struct str line = next_line(cursor);
        if (line.len > 0 && line.at[0] != '#')
            return split(line, key, value);
    }
    return FILE_END;
}

bool file_read(struct str *bytes, const char *path, struct err *err)
{
    CLEANUP(fclosep) FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, ERR_CONFIG, "could not open \"%s\": %s", path, strerror(errno));
    CLEANUP(freep) char *at = malloc(FILE_BYTES_MAX + 1);
    if (!at)
        return err_set(err, ERR_BUG, "out of memory");
    size_t len = fread(at, 1, FILE_BYTES_MAX + 1, file);
    if (ferror(file))
        return err_set(err, ERR_CONFIG, "could not read \"%s\": %s", path, strerror(errno));
    if (len > FILE_BYTES_MAX)
        return err_set(err, ERR_CONFIG, "\"%s\" is larger than %d bytes", path, FILE_BYTES_MAX);

    *bytes = (struct str){.at = TAKE(at), .len = len};
    return true;
}
