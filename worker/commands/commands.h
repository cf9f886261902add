/*
 * The table of commands, in the order of the help.
 */
#pragma once

#include <stddef.h>

#include "commands/command.h"

size_t commands_count(void);
const struct command *command_at(size_t index);

/* Returns the command with that name, or NULL. */
const struct command *command_find(const char *name);
