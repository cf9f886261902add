/*
 * A prepared statement: its SQL, its parameters, its answer, and the outcome if the answer is lost.
 *
 * statements.def has a row for each statement, and name.c has name_statement(). A batch is sent as
 * one array for each column, and the statement unnests them side by side: one round trip and one
 * transaction, however many jobs wait. Values are parameters, never pasted text.
 */
#pragma once

#include <libpq-fe.h>

#include "io/postgres/columns.h"
#include "io/postgres/postgres.h"

struct channel;

struct statement {
    const char *name; /* the statement is prepared under it */
    const char *sql;

    /* Returns the parameters of the members in flight, valid until the next sending. */
    const struct columns *(*params)(struct channel *channel);

    /* Makes the replies of the members in flight from an answer without an error. */
    void (*finish)(struct channel *channel, const PGresult *result);

    /* The outcome of the members in flight if they were sent and never answered. */
    enum postgres_outcome lost;

    bool is_silent; /* only rows that come back, and errors, make replies */
};

#define STATEMENT(NAME, name) const struct statement *name##_statement(void);
#include "io/postgres/statements.def"
#undef STATEMENT

enum {
    STATEMENTS =
#define STATEMENT(NAME, name) 1 +
#include "io/postgres/statements.def"
#undef STATEMENT
        0
};

/* Returns the statement of an enum postgres_statement. */
const struct statement *statement_at(size_t at);
