/*
 * What an SQLSTATE means for the one who sent the statement: whose fault it is, and so what to do next.
 */
#pragma once

#include <libpq-fe.h>

enum sqlstate_meaning {
    SQLSTATE_ROW,    /* one of the rows is at fault */
    SQLSTATE_REPEAT, /* chance is at fault: the same again may work */
    SQLSTATE_AWAY,   /* the database, or this connection to it, is of no use at present */
};

/* For a result that is an error. */
enum sqlstate_meaning sqlstate_meaning(const PGresult *error);
