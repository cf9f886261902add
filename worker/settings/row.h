/*
 * The rows of settings.def as data, and what each kind of value may contain.
 *
 * Pure. Ownership: rows are constants.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "settings/settings.h"

enum row_kind {
    ROW_APPID,
    ROW_TOPIC,
    ROW_TOPIC_PART,
    ROW_CONNINFO,
    ROW_URL,
    ROW_PATH,
    ROW_NAME,
    ROW_ADDRESS,
    ROW_MILLISECONDS,
    ROW_COUNT,
    ROW_BOOLEAN,
    ROW_LEVEL,
    ROW_FORMAT,
    ROW_PROPERTY,   /* kept in kafka_properties */
    ROW_PROPERTIES, /* stands for all the others; has no value of its own */
};

struct row {
    const char *key;
    enum row_kind kind;
    size_t offset; /* of the field in struct settings */
    const char *fallback;
    const char *allowed;
    const char *meaning;
};

size_t rows_count(void);
const struct row *row_at(size_t index);

/* Puts the value into the row's field. Returns false and changes nothing if the value is not
 * allowed. A text field points into `text`, which therefore has to stay. A URL loses the slashes at
 * its end. Not for the two kinds of properties. */
bool row_accept(struct settings *settings, const struct row *row, char *text);
