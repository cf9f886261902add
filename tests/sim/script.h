/*
 * A trace: a text of commands, each followed by what happened, indented. Played again, it has to come out the same.
 *
 * Lines: `# comment` and blank ones stay as they are; indented ones are what happened; all else is a command. The words of
 * each command stand in script.c.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

/* Plays every command of `text` and writes the whole trace anew to `out`. False: a command could not be understood. */
bool script_play(struct str text, FILE *out);
