/*
 * The commands of the program: one row and one file for each.
 *
 * A command gets settings that are complete and checked, does its work in the foreground and
 * returns the exit status (sysexits.h: 0 done, 64 usage, 69 a service is away, 70 a bug, 78
 * settings or schema version). `health` returns only 0 or 1. Results go to stdout, trouble goes to
 * stderr. A command may have one flag, which makes it do something else.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "settings/settings.h"

struct command {
    const char *name;
    const char *summary; /* one line, for the list of commands */
    const char *text;    /* for the command's own --help */
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
