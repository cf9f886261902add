/*
 * The rows of an answer, decoded: what `load` found, what `store` wrote, what `take_due` took.
 *
 * Strings are views into the result; scopes, which come in network order, are written to the caller's memory.
 */
#pragma once

#include <libpq-fe.h>

#include "io/postgres/postgres.h"

/* Which of the batch's members row `row` of `load` is for. */
size_t rows_member(const PGresult *result, int row);

/*
 * Row `row` of `load` into the reply, as LOADED; or as BROKEN, where others put in what we cannot take. `scopes` holds
 * SCOPES_MAX.
 */
void rows_loaded(struct postgres_reply *reply, int32_t *scopes, const PGresult *result, int row);

/* Who it was that row `row` of `store` says is written: views. */
void rows_written_name(struct str *component, struct str *authorizer, const PGresult *result,
                       int row);

/* Its new version and time into the reply, as STORED. */
void rows_written(struct postgres_reply *reply, const PGresult *result, int row);

/* Row `row` of `take_due` into the reply, as TAKEN with a record of its own; or as BROKEN, with origin and column. */
void rows_taken(struct postgres_reply *reply, const PGresult *result, int row);
