/*
 * The settings in the adapters' words: for the loop, and for the commands that try the same services.
 *
 * Ownership: what is returned borrows the settings' strings; the properties' array is the caller's to free().
 */
#pragma once

#include "io/http/http.h"
#include "io/kafka/kafka.h"
#include "settings/settings.h"

struct http_settings http_settings_of(const struct settings *settings);

/* free() its `properties`. */
struct kafka_settings kafka_settings_of(const struct settings *settings);
