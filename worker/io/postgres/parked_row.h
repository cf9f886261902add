/*
 * A job's knowledge as columns of wxtoken.parked: written and read back by the rows of
 * parked_columns.def.
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

/* Appends the columns in the order of parked_columns.def. */
void parked_row_write(struct columns *columns, const struct park *parks, size_t count);

/* Reads these columns of a row; `first` is the number of the first one. Returns the name of a
 * column whose value we cannot take, or NULL. */
const char *parked_row_read(struct parked *parked, const PGresult *result, int row, int first);
