/*
 * A libpq connection made the way this program wants it, and what it says when it is in trouble.
 *
 * A peer that is dead is noticed within about 30 s by keep-alives and TCP's own time-out. Ownership: connection_make's
 * result ends with PQfinish. Sentences carry what the server says at first hand (its primary message, never the detail,
 * which holds values), in one line, cut to fit. Of several hosts the one that can be written to is taken.
 */
#pragma once

#include <libpq-fe.h>

#include "base/err.h"
#include "base/text.h"

/* Whether libpq can read it; "" is its own environment. ERR_CONFIG; the sentence does not repeat it: it holds a password. */
MUST_USE bool connection_string_check(const char *conninfo, struct err *err);

/* Blocks. NULL only without memory; else ask PQstatus. Notices are dropped. */
PGconn *connection_make(const char *conninfo);

/* Why the connection is of no use. */
void connection_trouble(struct text *text, const PGconn *conn);

/* SQLSTATE and primary message of an error; data exceptions (class 22) keep their message: it quotes the data. */
void connection_error(struct text *text, const PGresult *result);

/* For CLEANUP. */
void connection_finishp(PGconn **conn);
void connection_clearp(PGresult **result);
