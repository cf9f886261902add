/*
 * The functions for the control API's paths, one row each in control.def.
 *
 * The body has only members that the row lists. A function reads it, changes the simulator, adds to
 * out and returns true. Otherwise it adds the reason to error, changes nothing and returns false.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>

#include "simulator.h"
#include "text.h"

typedef bool control_function(struct simulator *s, struct text *out, struct json_object *in,
                              struct text *error);

#define ROUTE(method, path, function, ...) control_function function;
#include "control.def"
#undef ROUTE
