/*
 * A second opinion on JSON: RFC 8259 read once more, sharing nothing with json-c.
 *
 * Pure. It only says yes or no, with the limits that wire/json.h names: one object, 32 levels, a
 * BOM and blanks around it.
 */
#pragma once

#include "base/str.h"

enum { GRAMMAR_LEVELS_MAX = 32 };

struct grammar_opinion {
    bool is_object;        /* exactly one JSON object in valid UTF-8 */
    bool has_huge_integer; /* beyond int64 and uint64: some json-c refuse it, some clamp it */
    bool has_nul_in_name;  /* correct, but no C string holds such a name */
};

struct grammar_opinion grammar_judge(struct str bytes);

/* Whether the bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
bool grammar_is_utf8(struct str bytes);
