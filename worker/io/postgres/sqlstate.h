/*
 * The meaning of an SQLSTATE for the sender of the statement: what is at fault, and so what to do
 * next.
 */
#pragma once

#include <libpq-fe.h>

enum sqlstate_meaning {
    SQLSTATE_ROW,    /* one of the rows is at fault */
    SQLSTATE_REPEAT, /* bad luck: the same statement may work if it is repeated */
    SQLSTATE_AWAY,   /* the database, or this connection to it, is of no use now */
};

/* The result must be an error. */
enum sqlstate_meaning sqlstate_meaning(const PGresult *error);
