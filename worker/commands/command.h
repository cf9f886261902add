/*
 * The commands of the program: one row each, one file each.
 *
 * A command is given settings that are complete and checked, does its work in the foreground and
 * returns the exit status (sysexits.h: 0 done, 64 usage, 69 a service stayed away, 70 a bug, 78
 * settings or schema version). Results go to stdout, trouble to stderr. A command may have one
 * flag, which makes it do another thing.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "settings/settings.h"

struct command {
    const char *name;
    const char *summary; /* one line, for the list */
    const char *text;    /* for its own --help */
    enum settings_need need;
    int (*run)(const struct settings *settings);
    const char *flag;         /* without "--"; NULL: none */
    const char *flag_summary; /* one line */
    int (*run_flag)(const struct settings *settings);
};

int command_worker(const struct settings *settings);
int command_migrate(const struct settings *settings);
int command_check(const struct settings *settings);
int command_health(const struct settings *settings);
int command_config(const struct settings *settings);
int command_config_markdown(const struct settings *settings);
