/*
 * What a command says if it could not do its work.
 */
#pragma once

#include "base/err.h"

/* Says on stderr what could not be done. Returns the exit status for it. */
int command_complain(const struct err *err);
