/*
 * What makes settings wrong or odd beyond the text of a single value, and the sentences that say
 * so.
 *
 * Pure. The sentences name the key, its value (masked), where it came from and what is allowed.
 */
#pragma once

#include "settings/problems.h"
#include "settings/row.h"

/* Adds "key = "value" (source): allowed is …" for the value in force of a row. */
void rules_wrong(struct problems *problems, const struct settings *settings, const struct row *row);

/* The rules between settings: topics that differ, what a command needs, plain http. Values that
 * were not accepted are passed over. */
void rules_check(struct problems *problems, const struct settings *settings,
                 enum settings_need need);
