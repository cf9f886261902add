/*
 * UTF-8, as RFC 3629 defines it: neither overlong nor surrogates, and nothing above U+10FFFF.
 */
#pragma once

#include "base/str.h"

/* How many bytes the first character of `text` has; 0 if there is none, or if it is not UTF-8. */
size_t utf8_len(struct str text);
