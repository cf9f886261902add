/*
 * A libpq connection with the options that this program wants, and sentences about its trouble.
 *
 * Keep-alives and TCP's own time-out notice a dead peer within about 30 s. Of several hosts, the
 * connection goes to one that accepts writes. A sentence has the server's primary message, never
 * the detail, which holds values; it is one line, cut to fit. Ownership: the caller ends the result
 * of connection_make with PQfinish.
 */
#pragma once

#include <libpq-fe.h>

#include "base/err.h"
#include "base/text.h"

/* Returns true if libpq can parse the string; "" stands for libpq's own environment. ERR_CONFIG:
 * the sentence does not repeat the string, because it may hold a password. */
MUST_USE bool connection_string_check(const char *conninfo, struct err *err);

/* Connects, and blocks meanwhile. Returns NULL only if there is no memory; otherwise ask PQstatus.
 * Notices are dropped. */
PGconn *connection_make(const char *conninfo);

/* Says why the connection is of no use. */
void connection_trouble(struct text *text, const PGconn *conn);

/* Says SQLSTATE and primary message of an error. The message of a data exception (class 22) is left
 * out, because it quotes the data. */
void connection_error(struct text *text, const PGresult *result);

/* For CLEANUP. */
void connection_finishp(PGconn **conn);
void connection_clearp(PGresult **result);
