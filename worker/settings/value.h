/*
 * Questions about the text of one value. Pure; nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A name that Kafka takes for a topic: 1 to 249 of [A-Za-z0-9._-], neither "." nor "..". */
bool value_is_topic(struct str text);

/* What may stand at the end of a topic's name. */
bool value_is_topic_part(struct str text);

/* A query parameter's name: 1 to 64 of [a-z_]. */
bool value_is_name(struct str text);

/* "host:port" or "[ipv6]:port" with a port of 1 to 65535. */
bool value_is_address(struct str text);

/* http or https with a host and at most a port and a path: no user, query, fragment, space or
 * quote. */
bool value_is_url(struct str text);

/* Whether such a URL is plain http to another machine. */
bool value_url_is_exposed(struct str url);

/* Reads a number and holds it against "LOW to HIGH"; *number changes only where it is allowed. */
bool value_number(int64_t *number, struct str text, struct str allowed);

/* The place of `text` in "A, B, C", or -1. */
int value_choice(struct str text, struct str allowed);
