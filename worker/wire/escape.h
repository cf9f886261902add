/*
 * Bytes written into another grammar so that they stay what they are: a JSON string, a part of a
 * URL.
 *
 * Both append to a bounded text and leave "it did not fit" to its `cut`. At the most six bytes are
 * written for one byte of a JSON string (and two quotes), three for one of a URL.
 */
#pragma once

#include "base/text.h"

/* With its quotes. The bytes are taken to be UTF-8. */
void escape_json(struct text *text, struct str piece);

/* Percent-encodes everything outside RFC 3986's unreserved characters. */
void escape_url(struct text *text, struct str piece);
