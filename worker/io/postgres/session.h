/*
 * A session with the database that reconnects by itself, prepares its statements and runs one at a
 * time.
 *
 *     PAUSED --timer--> CONNECTING --thread--> PREPARING --all prepared--> READY
 *        ^                   |                     |                         |
 *        +---- back-off -----+---------------------+-------------------------+
 *
 * libpq resolves names and may block while it connects, so a short-lived thread does that and
 * nothing else. The pause between attempts doubles from 100 ms to 2 s, with jitter. It starts at
 * 100 ms again only after a statement has succeeded, so that a server that accepts connections but
 * does no work is not hammered. Nothing blocks except open and close.
 */
#pragma once

#include <libpq-fe.h>

#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "io/postgres/statement.h"

enum session_state {
    SESSION_PAUSED,
    SESSION_CONNECTING,
    SESSION_PREPARING,
    SESSION_READY,
};

/* The news that session_advance returns. */
enum session_event {
    SESSION_QUIET,
    SESSION_ANSWERED, /* the statement in flight has an answer, which may be an error */
    SESSION_LOST,     /* the connection is lost, and with it the statement in flight, if any */
};

struct session {
    enum session_state state;
    char *conninfo;
    int epoll_fd, timer_fd, wake_fd;
    struct handover *handover;                      /* while CONNECTING; shared with the thread */
    PGconn *conn;                                   /* while PREPARING or READY */
    const struct statement *(*prepares)(size_t at); /* returns each of the STATEMENTS to prepare */
    PGresult *result;                               /* the answer so far */
    size_t prepared;                                /* how many steps of the preparation are done */
    bool under_way;                                 /* a statement or a step is in flight */
    bool sent_whole; /* every byte of it has left, so the server may act on it */
    bool waits_to_write;
    ms_t pause_ms; /* the next pause */
    char trouble[256];
};

/* `session` is the caller's memory. Every session prepares all statements that `prepares`
 * returns. */
MUST_USE bool session_open(struct session *session, const char *conninfo,
                           const struct statement *(*prepares)(size_t at), struct err *err);
void session_close(struct session *session);

/* Sends a statement. The session must be READY and have nothing in flight. Everything is copied.
 * Returns false if the connection is lost. */
MUST_USE bool session_send(struct session *session, const char *statement,
                           const struct columns *parameters);

/* Moves on as far as possible without waiting. ANSWERED: the caller clears *result. */
enum session_event session_advance(struct session *session, PGresult **result);

/* Returns true if the statement has succeeded, with or without rows. */
static inline bool session_is_ok(const PGresult *answer)
{
    ExecStatusType status = PQresultStatus(answer);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Gives the connection up because of an error that the server reported, and pauses. */
void session_drop(struct session *session, const PGresult *error);

/* Makes the descriptor readable until the next advance. */
void session_wake(struct session *session);
