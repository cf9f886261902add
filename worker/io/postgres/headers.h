/*
 * The headers of a parked record as one value of wxtoken.parked, and back.
 *
 * The value is the number of headers, then for each header the length and bytes of its name and the
 * length and bytes of its value. The length -1 means a null value. All numbers have 32 bits, the
 * highest byte first. Another program may have written the bytes, so they are checked before they
 * are read.
 */
#pragma once

#include "base/err.h"
#include "model/record.h"

/* Returns how many bytes headers_write writes. */
size_t headers_bytes(const struct record *record);
void headers_write(char *to, const struct record *record);

/* Counts the headers. Returns false, and leaves *count as it is, if headers_write cannot have
 * written the bytes. */
MUST_USE bool headers_count(size_t *count, struct str bytes);

/* Adds the headers to a record with room for them. headers_count must have accepted the bytes. */
void headers_read(struct record *record, struct str bytes);
