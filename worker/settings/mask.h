/*
 * A setting's value as people may see it: without its secrets and on one line.
 *
 * Pure. Text that may be part of a secret is masked too. Limits: those of the text; what does not
 * fit is cut.
 */
#pragma once

#include "base/text.h"

/* Appends the value of `key` to `shown`. If the key is neither in the table nor a property, its
 * whole value is masked. */
void mask_value(struct text *shown, struct str key, struct str value);

/* Appends a text that is no secret, on one line. "?" replaces what would break the line or move the
 * cursor. */
void mask_plain(struct text *shown, struct str value);
