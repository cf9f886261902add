/*
 * Finds what is wrong or odd in the settings beyond the text of a single value, and puts it into
 * sentences.
 *
 * Pure. The sentences name the key, its value (masked), where it came from and what is allowed.
 */
#pragma once

#include "settings/problems.h"
#include "settings/row.h"

/* Adds `key = "value" (source): allowed is …` for the value in force of a row. */
void rules_wrong(struct problems *problems, const struct settings *settings, const struct row *row);

/* Checks the rules between settings: topics must differ, a command must have what it needs, plain
 * http is odd. Skips values that were not accepted. */
void rules_check(struct problems *problems, const struct settings *settings,
                 enum settings_need need);
