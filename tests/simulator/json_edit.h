/*
 * Edits in the text of a JSON body that we have written ourselves: no blanks between its parts, and
 * no member's name within a string. Edits are made in the text because what comes out must be able
 * to be what no JSON library writes: a raw NUL, a member twice, a number that is none.
 */
#pragma once

#include <stdbool.h>

#include "text.h"

/* Bytes of the text: its name, or its value, without what is around them. */
struct span {
    size_t at;
    size_t len;
};

/* The first member of this name, at any depth; false where there is none. */
bool json_edit_find(struct span *name, struct span *value, const struct text *body,
                    const char *member);

/* Puts bytes in the place of a span. */
void json_edit_replace(struct text *body, struct span span, const char *bytes, size_t len);

/* The value of the member, which is added to the outermost object where there is none. */
void json_edit_set(struct text *body, const char *member, const char *json);
void json_edit_remove(struct text *body, const char *member);

/* Members (with a comma behind them) at the beginning of every object, or of the outermost. */
void json_edit_add_everywhere(struct text *body, const char *members);
void json_edit_add(struct text *body, const char *members, size_t len);

/* 7 becomes "7", wherever it stands. */
void json_edit_quote_numbers(struct text *body);

/* A becomes \u0041, in every string. */
void json_edit_escape_strings(struct text *body);
