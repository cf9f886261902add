/*
 * Makes a struct settings from all sources of settings.
 */
#pragma once

#include "base/err.h"
#include "settings/problems.h"
#include "settings/settings.h"

/* Where to read from. Everything is borrowed. */
struct settings_sources {
    const char *const *options; /* "KEY=VALUE"; the last one wins */
    size_t option_count;
    const char *file; /* NULL: none */
    const char *const *environment;
    enum settings_need need; /* NEED_KAFKA: kafka.bootstrap.servers must not be empty */
};

/* Loads and checks the settings. Always initialises *settings and *problems, so settings_done() and
 * problems_done() must always follow. Adds warnings even on success. Returns false if something is
 * wrong. ERR_CONFIG: *problems has one line for each fault. ERR_BUG: there is no memory. */
MUST_USE bool settings_load(struct settings *settings, struct problems *problems,
                            const struct settings_sources *sources, struct err *err);

void settings_done(struct settings *settings);
