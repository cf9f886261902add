/*
 * Shows the settings to people: what is in force and where it came from, and the table of
 * docs/SETTINGS.md.
 *
 * Secrets are masked. Nothing is kept.
 */
#pragma once

#include <stdio.h>

#include "base/text.h"
#include "settings/row.h"

/* A row's value in force, to be shown. */
struct settings_shown {
    const char *value; /* borrowed, never NULL; not yet masked */
    enum settings_source source;
    int line;
};

struct settings_shown settings_shown_of(const struct settings *settings, const struct row *row);

/* Appends "option", "environment", "file, line 3" or "default". */
void settings_source_name(struct text *text, enum settings_source source, int line);

/* Prints one line for each setting: key, value in force, where it came from, meaning. */
void settings_print(const struct settings *settings, FILE *out);

/* Prints the table of docs/SETTINGS.md (key, default, what is allowed, meaning) and the properties
 * that may not be set. */
void settings_print_markdown(FILE *out);
