/*
 * The headers of a parked record as one value of wxtoken.parked, and back.
 *
 * All numbers are 32 bits, the highest byte first: how many headers, then for each the length and bytes of its name and the
 * length and bytes of its value, or -1 for a null value. What was written by others is checked before it is read.
 */
#pragma once

#include "base/err.h"
#include "model/record.h"

/* How many bytes headers_write writes. */
size_t headers_bytes(const struct record *record);
void headers_write(char *to, const struct record *record);

/* False, and *count untouched, for bytes that headers_write cannot have written. */
MUST_USE bool headers_count(size_t *count, struct str bytes);

/* Adds the headers that headers_count has counted to a record with room for them. */
void headers_read(struct record *record, struct str bytes);
