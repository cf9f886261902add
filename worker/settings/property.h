/*
 * What this program knows of librdkafka's properties: which may not be set, and which hold a
 * secret. Whether a name exists and a value fits is librdkafka's to say.
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

/* Why the property (named without "kafka.") may not be set; NULL where it may. */
const char *property_forbidden_because(struct str name);

/* Whether its value is never to be shown. Rather one too many: a mistyped password's name still
 * looks like one. */
bool property_is_secret(struct str name);
