#include "wire/dead.h"

#include <stdarg.h>
#include <stdio.h>

bool dead_set(struct dead *dead, enum dead_reason reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(dead->message, sizeof(dead->message), format, arguments);
    va_end(arguments);

    for (char *c = dead->message; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    dead->reason = reason;
    return false;
}

struct str dead_reason_word(enum dead_reason reason)
{
    static const struct str words[] = {
#define DEAD(name, word) [DEAD_##name] = {.at = word, .len = sizeof(word) - 1},
#include "model/dead_reasons.def"
#undef DEAD
    };
    return words[reason];
}
