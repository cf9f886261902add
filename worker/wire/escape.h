/*
 * Writes bytes into another grammar so that they keep their meaning: into a JSON string or into a
 * part of a URL.
 *
 * Both functions append to a bounded text, whose `cut` says if something did not fit. One byte
 * takes at most six bytes in a JSON string (plus two for the quotes) and at most three in a URL.
 */
#pragma once

#include "base/text.h"

/* Appends a JSON string with its quotes. The bytes are assumed to be UTF-8. */
void escape_json(struct text *text, struct str piece);

/* Appends `piece` and percent-encodes everything outside RFC 3986's unreserved characters. */
void escape_url(struct text *text, struct str piece);
