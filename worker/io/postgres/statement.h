/*
 * A prepared statement: its SQL, what goes in, what comes out, and what it means if it is lost.
 *
 * statements.def has a row for each; name.c has name_statement(). A batch comes as one array for each column, unnested
 * side by side: one round trip and one transaction, however many jobs wait. Parameters only, never pasted text.
 */
#pragma once

#include <libpq-fe.h>

#include "io/postgres/columns.h"
#include "io/postgres/postgres.h"

struct channel;

struct statement {
    const char *name; /* it is prepared under */
    const char *sql;

    /* Of the members under way: their parameters, until the next sending. */
    const struct columns *(*params)(struct channel *channel);

    /* Of the members under way: the replies that a good answer makes. */
    void (*finish)(struct channel *channel, const PGresult *result);

    /* What becomes of the members under way if they were sent and never answered. */
    enum postgres_outcome lost;

    bool is_silent; /* only rows that come back make replies */
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

/* Each of them, by its enum postgres_statement. */
const struct statement *statement_at(size_t at);
