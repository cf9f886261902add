/*
 * What this program knows about librdkafka's properties: which may not be set, and which hold a
 * secret. librdkafka itself decides if a name exists and if a value fits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* A property that may not be set. */
struct forbidden_property {
    const char *name;
    const char *why;
};

size_t forbidden_count(void);
const struct forbidden_property *forbidden_at(size_t index);

/* Returns why the property (named without "kafka.") may not be set, or NULL if it may. */
const char *property_forbidden_because(struct str name);

/* Returns true if the property's value must never be shown. In doubt it returns true, because the
 * mistyped name of a password still looks like one. */
bool property_is_secret(struct str name);
