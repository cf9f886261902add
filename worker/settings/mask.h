/*
 * A setting's value as people may see it: without its secrets and on one line.
 *
 * Pure. What cannot be told apart for certain is masked too. Limits: the text's own; what does not
 * fit is cut.
 */
#pragma once

#include "base/text.h"

/* Adds the value of `key` to `shown`. The value of a key that is not in the table and no
 * property is not shown at all. */
void mask_value(struct text *shown, struct str key, struct str value);

/* Adds a text that is no secret: on one line, with "?" for what would break it or move the cursor.
 */
void mask_plain(struct text *shown, struct str value);
