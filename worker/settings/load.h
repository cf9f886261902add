/*
 * From the sources of settings to struct settings.
 */
#pragma once

#include "base/err.h"
#include "settings/problems.h"
#include "settings/settings.h"

/* Where to read from; all borrowed. */
struct settings_sources {
    const char *const *options; /* "KEY=VALUE", the later one wins */
    size_t option_count;
    const char *file; /* NULL: none */
    const char *const *environment;
    enum settings_need need; /* NEED_KAFKA: kafka.bootstrap.servers may not be empty */
};

/* Initialises *settings in any case, so that settings_done() always follows; the same for
 * *problems and problems_done(). Warnings are added also on success. False: ERR_CONFIG; what is
 * wrong is in *problems, a line each. */
MUST_USE bool settings_load(struct settings *settings, struct problems *problems,
                            const struct settings_sources *sources, struct err *err);

void settings_done(struct settings *settings);
