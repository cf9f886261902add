/*
 * Checks the text of one value. Pure; nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Returns true if Kafka accepts the text as the name of a topic: 1 to 249 of [A-Za-z0-9._-], but
 * neither "." nor "..". */
bool value_is_topic(struct str text);

/* Returns true if the text may be the end of a topic's name. */
bool value_is_topic_part(struct str text);

/* Returns true for the name of a query parameter: 1 to 64 of [a-z_]. */
bool value_is_name(struct str text);

/* Returns true for "host:port" or "[ipv6]:port" with a port from 1 to 65535. */
bool value_is_address(struct str text);

/* Returns true for http or https with a host and at most a port and a path. A user, query,
 * fragment, space or double quote is not allowed. */
bool value_is_url(struct str text);

/* Returns true if such a URL is plain http to another machine. */
bool value_url_is_exposed(struct str url);

/* Reads a number and checks it against "LOW to HIGH". *number changes only if the number is
 * allowed. */
bool value_number(int64_t *number, struct str text, struct str allowed);

/* Returns the index of `text` in "A, B, C", or -1. */
int value_choice(struct str text, struct str allowed);
