/*
 * Edits the text of a JSON body that we have written ourselves: it has no blanks between its parts,
 * and no member's name inside a string. The text is edited because the result may be something that
 * no JSON library writes: a raw NUL, a member twice, a number that is no number.
 */
#pragma once

#include <stdbool.h>

#include "text.h"

/* Bytes of the text: a member's name or value, without what is around it. */
struct span {
    size_t at;
    size_t len;
};

/* Finds the first member with this name, at any depth. Returns false if there is none. */
bool json_edit_find(struct span *name, struct span *value, const struct text *body,
                    const char *member);

/* Replaces a span by other bytes. */
void json_edit_replace(struct text *body, struct span span, const char *bytes, size_t len);

/* Sets the value of a member. If there is no such member, adds it to the outermost object.
 * json_edit_remove removes it. */
void json_edit_set(struct text *body, const char *member, const char *json);
void json_edit_remove(struct text *body, const char *member);

/* Adds members, with a comma after them, at the beginning of every object, or of the outermost. */
void json_edit_add_everywhere(struct text *body, const char *members);
void json_edit_add(struct text *body, const char *members, size_t len);

/* Makes every number a string: 7 becomes "7". */
void json_edit_quote_numbers(struct text *body);

/* Makes every character of every string an escape: A becomes \u0041. */
void json_edit_escape_strings(struct text *body);
