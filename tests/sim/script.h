/*
 * A trace: a text of commands, each followed by what happened, indented. Played again, it must come
 * out the same.
 *
 * Lines: a `# comment` or a blank line stays as it is, an indented line is something that happened,
 * any other line is a command. script.c lists the commands; the comment at each command's function,
 * in script_world.c and script_worker.c, shows its words.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

/* Plays every command of `text` and writes the whole trace again to `out`. Returns false if a
 * command is unknown. */
bool script_play(struct str text, FILE *out);
