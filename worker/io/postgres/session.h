/*
 * A session with the database that makes itself again: connected by a short-lived thread, prepared, one statement at a time.
 *
 *     RESTING --timer--> CONNECTING --thread--> PREPARING --all prepared--> READY
 *        ^                    |                     |                         |
 *        +---- back-off ------+---------------------+-------------------------+
 *
 * libpq resolves names and may block while it connects, so a thread does that and nothing else. The pause between attempts
 * doubles from 100 ms to 2 s, with jitter, and begins anew only when a statement has been answered well: a server that
 * accepts connections but no work is not hammered. Never blocks but in open and close.
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

/* What session_advance has to tell. */
enum session_event {
    SESSION_QUIET,
    SESSION_ANSWERED, /* the statement under way: well, or with an error */
    SESSION_LOST,     /* the connection, and with it the statement under way, if any */
};

struct session {
    enum session_state state;
    char *conninfo;
    int epoll_fd, timer_fd, wake_fd;
    struct handover *handover;                      /* while CONNECTING: shared with the thread */
    PGconn *conn;                                   /* while PREPARING or READY */
    const struct statement *(*prepares)(size_t at); /* those to be prepared: STATEMENTS of them */
    PGresult *result;                               /* the answer so far */
    size_t prepared;                                /* how many steps of the preparation are done */
    bool under_way;                                 /* a statement or a step of the preparation */
    bool sent_whole; /* every byte of it left us, so the server may act on it */
    bool waits_to_write;
    ms_t pause_ms; /* the next pause */
    char trouble[256];
};

/* `session` is the caller's memory. Every session prepares all statements, which `prepares` gives. */
MUST_USE bool session_open(struct session *session, const char *conninfo,
                           const struct statement *(*prepares)(size_t at), struct err *err);
void session_close(struct session *session);

/* Sends; READY and nothing under way are required. Everything is copied. False: the connection is lost. */
MUST_USE bool session_send(struct session *session, const char *statement,
                           const struct columns *parameters);

/* Moves on as far as it goes without waiting. ANSWERED: *result is the caller's to clear. */
enum session_event session_advance(struct session *session, PGresult **result);

/* Whether an answer is what was asked for, with rows or without; else it is an error. */
static inline bool session_is_ok(const PGresult *answer)
{
    ExecStatusType status = PQresultStatus(answer);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Gives the connection up because of what the server said, and rests. */
void session_drop(struct session *session, const PGresult *error);

/* Makes the descriptor readable until the next advance. */
void session_wake(struct session *session);
