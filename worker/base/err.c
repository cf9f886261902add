#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    char text[sizeof(err->text)]; /* a copy, because the arguments may point into err->text */
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    err->kind = kind;
    memcpy(err->text, text, sizeof(text));
    return false;
}

bool err_prefix(struct err *err, const char *format, ...)
{
    char sentence[sizeof(err->text)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);

    const struct err inner = *err;
    struct text text = TEXT_IN(err->text);
    text_add(&text, str_of(sentence));
    text_add(&text, STR(": "));
    text_add(&text, str_of(inner.text));
    (void)text_terminated(&text);
    return false;
}

int err_exit_status(const struct err *err)
{
    switch (err->kind) {
    case ERR_NONE:
        return EX_OK;
    case ERR_USAGE:
        return EX_USAGE;
    case ERR_CONFIG:
        return EX_CONFIG;
    case ERR_UNAVAILABLE:
        return EX_UNAVAILABLE;
    case ERR_REJECT:
        return EX_DATAERR;
    case ERR_BUG:
        return EX_SOFTWARE;
    }
    return EX_SOFTWARE;
}
