/*
 * Reads the values of an answer's rows, which are in binary. Strings are views into the result; a
 * null is absent or 0.
 *
 * The schema sets the types, so a value of another length is a bug.
 */
#pragma once

#include <libpq-fe.h>

#include "base/str.h"
#include "model/appid.h"

/* Text or bytea. */
struct str value_text(const PGresult *result, int row, int column);

bool value_bool(const PGresult *result, int row, int column);
int32_t value_int4(const PGresult *result, int row, int column);
int64_t value_int8(const PGresult *result, int row, int column);

/* Unix time. Infinity is the largest number. */
int64_t value_time_us(const PGresult *result, int row, int column);
int64_t value_time_ms(const PGresult *result, int row, int column);
int64_t value_time_s(const PGresult *result, int row, int column);

/* Reads a number inside an array. */
int32_t value_int4_at(const char *at);

/* Return our values as parameters. An appid that is not known and a digest at NULL are null, which
 * equals nothing. Any other digest has DIGEST_BYTES. */
struct str value_of_appid(const struct appid *appid);
struct str value_of_digest(const uint8_t *digest);
