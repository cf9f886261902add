/*
 * What a job knows, written as columns of wxtoken.parked and read back, by the rows of parked_columns.def.
 */
#pragma once

#include <libpq-fe.h>

#include "io/postgres/columns.h"
#include "io/postgres/postgres.h"

enum {
    PARKED_COLUMNS =
#define PARKED(number, column, type, kind, member, conflict) 1 +
#include "io/postgres/parked_columns.def"
#undef PARKED
        0
};

/* Appends the columns, in their order. */
void parked_row_write(struct columns *columns, const struct park *parks, size_t count);

/* Reads the columns of a row, the first of which is `first`. Returns the name of a column that holds what we cannot take,
 * or NULL. */
const char *parked_row_read(struct parked *parked, const PGresult *result, int row, int first);
