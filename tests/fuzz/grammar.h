/*
 * A second opinion on JSON: RFC 8259 implemented once more, sharing nothing with json-c.
 *
 * Pure. It only says yes or no, within the limits that wire/json.h names: one object, 32 levels, a
 * BOM before it and blanks around it.
 */
#pragma once

#include "base/str.h"

enum { GRAMMAR_LEVELS_MAX = 32 };

struct grammar_opinion {
    bool is_object;        /* exactly one JSON object in valid UTF-8 */
    bool has_huge_integer; /* beyond int64 and uint64: some json-c refuse it, some clamp it */
    bool has_nul_in_name;  /* correct, but no C string can hold the name */
};

struct grammar_opinion grammar_judge(struct str bytes);

/* Returns true if the bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
bool grammar_is_utf8(struct str bytes);
