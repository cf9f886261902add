/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, and nothing above U+10FFFF.
 */
#pragma once

#include "base/str.h"

/* Returns the length in bytes of the first character of `text`, or 0 if `text` is empty or its
 * first character is not valid UTF-8. */
size_t utf8_len(struct str text);
