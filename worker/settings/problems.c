#include "settings/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Keys come from outside. Printed as they are, they could break the line or move the cursor. */
static void put_on_one_line(char *sentence)
{
    for (; *sentence; sentence++)
        if ((unsigned char)*sentence < ' ' || *sentence == 0x7f)
            *sentence = '?';
}

__attribute__((format(printf, 2, 0))) static void add(struct problem_lines *lines,
                                                      const char *format, va_list arguments)
{
    char *line = NULL;
    if (lines->count == PROBLEMS_MAX || vasprintf(&line, format, arguments) < 0) {
        lines->left_out++;
        return;
    }
    put_on_one_line(line);
    lines->at[lines->count++] = line;
}

void problems_wrong(struct problems *problems, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(&problems->wrongs, format, arguments);
    va_end(arguments);
}

void problems_warn(struct problems *problems, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(&problems->warnings, format, arguments);
    va_end(arguments);
}

static void lines_done(struct problem_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->at[i]);
    *lines = (struct problem_lines){0};
}

void problems_done(struct problems *problems)
{
    lines_done(&problems->wrongs);
    lines_done(&problems->warnings);
}
