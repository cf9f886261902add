/*
 * The settings for people: what is in force and why, and the table of the README.
 *
 * Secrets are masked. Nothing is kept.
 */
#pragma once

#include <stdio.h>

#include "base/text.h"
#include "settings/row.h"

/* The value in force of a row, for showing. */
struct settings_shown {
    const char *value; /* borrowed, never NULL; not yet masked */
    enum settings_source source;
    int line;
};

struct settings_shown settings_shown_of(const struct settings *settings, const struct row *row);

/* "option", "environment", "file, line 3" or "default". */
void settings_source_name(struct text *text, enum settings_source source, int line);

/* One line per setting: key, value in force, where it came from, meaning. */
void settings_print(const struct settings *settings, FILE *out);

/* The table of the README (key, default, what is allowed, meaning) and the properties that may
 * not be set. */
void settings_print_markdown(FILE *out);
