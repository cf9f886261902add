#include "io/postgres/session.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "io/postgres/connection.h"

enum { PAUSE_FIRST_MS = 100, PAUSE_MAX_MS = 2000 };

static const char settings[] =
#define SETTING(sql) sql "; "
#include "io/postgres/session_settings.def"
#undef SETTING
    ;

/* The second one to exchange the place cleans up: the session if the thread has handed over, the
 * thread if the session has abandoned the handover. */
enum handover_place { HANDOVER_OPEN, HANDOVER_DONE, HANDOVER_ABANDONED };

struct handover {
    atomic_int place;
    int fd; /* readable when the connection is here; the thread's last act is to write to it */
    PGconn *conn;
    char conninfo[];
};

static void handover_free(struct handover *handover)
{
    PQfinish(handover->conn);
    (void)close(handover->fd);
    free(handover);
}

static void *connect_in_thread(void *argument)
{
    struct handover *handover = argument;
    handover->conn = connection_make(handover->conninfo);
    if (atomic_exchange(&handover->place, HANDOVER_DONE) == HANDOVER_ABANDONED)
        handover_free(handover);
    else
        (void)eventfd_write(handover->fd, 1);
    return NULL;
}

static struct handover *handover_new(const char *conninfo)
{
    size_t len = strlen(conninfo) + 1;
    struct handover *handover = calloc(1, sizeof(*handover) + len);
    if (!handover)
        return NULL;
    memcpy(handover->conninfo, conninfo, len);
    handover->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (handover->fd >= 0)
        return handover;
    free(handover);
    return NULL;
}

static void handover_abandon(struct handover *handover)
{
    if (atomic_exchange(&handover->place, HANDOVER_ABANDONED) == HANDOVER_OPEN)
        return;
    struct pollfd wait = {.fd = handover->fd, .events = POLLIN};
    while (poll(&wait, 1, -1) < 0 && errno == EINTR)
        ; /* the thread is about to write */
    handover_free(handover);
}

/* Blocks all signals in the thread: they are for the loop. */
static bool start_thread(struct handover *handover)
{
    sigset_t all, before;
    pthread_t thread;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, connect_in_thread, handover);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        (void)pthread_detach(thread);
    return !failed;
}

static void watch(const struct session *session, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    /* Fails only if the kernel has no memory. */
    (void)epoll_ctl(session->epoll_fd, operation, fd, &event);
}

/* Returns a random time between half of the pause and all of it. */
static ms_t jittered(ms_t pause_ms)
{
    uint32_t chance = 0;
    (void)!getrandom(&chance, sizeof(chance), GRND_NONBLOCK); /* if it fails: no jitter */
    return pause_ms / 2 + (ms_t)(chance % (uint32_t)(pause_ms / 2 + 1));
}

static void begin_pause(struct session *session)
{
    ms_t pause_ms = jittered(session->pause_ms);
    session->pause_ms = session->pause_ms * 2 < PAUSE_MAX_MS ? session->pause_ms * 2 : PAUSE_MAX_MS;
    session->state = SESSION_PAUSED;
    struct itimerspec when = {
        .it_value = {.tv_sec = pause_ms / MS_PER_S, .tv_nsec = pause_ms % MS_PER_S * 1000000}};
    (void)timerfd_settime(session->timer_fd, 0, &when, NULL);
}

/* Ends the connection and pauses. `trouble` says why. */
static void give_up(struct session *session, struct text *trouble)
{
    (void)text_terminated(trouble);
    PQclear(TAKE(session->result));
    PQfinish(TAKE(session->conn)); /* epoll forgets a descriptor when it is closed */
    session->under_way = false;
    session->waits_to_write = false;
    begin_pause(session);
}

void session_drop(struct session *session, const PGresult *error)
{
    struct text trouble = TEXT_IN(session->trouble);
    connection_error(&trouble, error);
    give_up(session, &trouble);
}

/* An error that the server sent before it closed the connection says more than the closing
 * itself. */
static enum session_event lose(struct session *session)
{
    if (session->result && PQresultErrorField(session->result, PG_DIAG_SQLSTATE)) {
        session_drop(session, session->result);
        return SESSION_LOST;
    }
    struct text trouble = TEXT_IN(session->trouble);
    connection_trouble(&trouble, session->conn);
    give_up(session, &trouble);
    return SESSION_LOST;
}

/* Writes what the socket takes. Watches for room only while there is more to write. */
static bool flush(struct session *session)
{
    int left = PQflush(session->conn);
    if (left < 0)
        return false;
    session->sent_whole |= left == 0;
    if (session->waits_to_write != (left > 0)) {
        session->waits_to_write = left > 0;
        watch(session, EPOLL_CTL_MOD, PQsocket(session->conn),
              left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    return true;
}

static bool after_sending(struct session *session, int sent)
{
    session->under_way = true;
    session->sent_whole = false;
    return sent && flush(session);
}

bool session_send(struct session *session, const char *statement, const struct columns *parameters)
{
    assert(session->state == SESSION_READY && !session->under_way);
    const char *values[COLUMNS_MAX];
    int lengths[COLUMNS_MAX], formats[COLUMNS_MAX];
    for (size_t i = 0; i < parameters->count; i++) {
        struct str value = columns_value(parameters, i);
        assert(value.len <= INT_MAX);
        values[i] = value.at;
        lengths[i] = (int)value.len;
        formats[i] = 1; /* binary */
    }
    int sent = PQsendQueryPrepared(session->conn, statement, (int)parameters->count, values,
                                   lengths, formats, 1);
    if (after_sending(session, sent))
        return true;
    (void)lose(session);
    return false;
}

/* Starts the next step of the preparation: first the settings, then one step for each statement. */
static bool prepare_next(struct session *session)
{
    if (session->prepared > STATEMENTS) {
        session->state = SESSION_READY;
        session->trouble[0] = '\0';
        return true;
    }
    if (session->prepared == 0)
        return after_sending(session, PQsendQuery(session->conn, settings));
    const struct statement *statement = session->prepares(session->prepared - 1);
    return after_sending(session,
                         PQsendPrepare(session->conn, statement->name, statement->sql, 0, NULL));
}

static enum session_event start_connecting(struct session *session)
{
    struct handover *handover = handover_new(session->conninfo);
    if (!handover || !start_thread(handover)) {
        struct text trouble = TEXT_IN(session->trouble);
        text_add(&trouble, STR("could not start a thread to connect in"));
        (void)text_terminated(&trouble);
        if (handover)
            handover_free(handover);
        begin_pause(session);
        return SESSION_QUIET;
    }
    session->handover = handover;
    session->state = SESSION_CONNECTING;
    watch(session, EPOLL_CTL_ADD, handover->fd, EPOLLIN);
    return SESSION_QUIET;
}

/* Begins to prepare if the thread has brought a connection. */
static enum session_event take_connection(struct session *session)
{
    eventfd_t count;
    if (eventfd_read(session->handover->fd, &count) != 0)
        return SESSION_QUIET;
    session->conn = TAKE(session->handover->conn);
    handover_free(TAKE(session->handover));
    if (PQstatus(session->conn) != CONNECTION_OK || PQsetnonblocking(session->conn, 1) != 0)
        return lose(session);
    session->state = SESSION_PREPARING;
    session->prepared = 0;
    watch(session, EPOLL_CTL_ADD, PQsocket(session->conn), EPOLLIN);
    return prepare_next(session) ? SESSION_QUIET : lose(session);
}

/* Returns true if the statement in flight has ended. Only its end counts: the server reports rows
 * before it commits, so an answer that is not followed by "ready" is not an answer. If there are
 * several results, the last one has the outcome. */
static bool collect_results(struct session *session)
{
    while (session->under_way && !PQisBusy(session->conn)) {
        PGresult *result = PQgetResult(session->conn);
        session->under_way = result;
        if (!result)
            break;
        PQclear(session->result);
        session->result = result;
    }
    return !session->under_way && session->result;
}

static enum session_event prepared_one(struct session *session)
{
    if (PQresultStatus(session->result) != PGRES_COMMAND_OK)
        return lose(session);
    PQclear(TAKE(session->result));
    session->prepared++;
    return prepare_next(session) ? SESSION_QUIET : lose(session);
}

static enum session_event talk(struct session *session, PGresult **result)
{
    if (!flush(session) || !PQconsumeInput(session->conn))
        return lose(session);
    bool ended = collect_results(session);
    if (PQstatus(session->conn) != CONNECTION_OK)
        return lose(session);
    if (!ended)
        return SESSION_QUIET;
    if (session->state == SESSION_PREPARING)
        return prepared_one(session);
    if (session_is_ok(session->result))
        session->pause_ms = PAUSE_FIRST_MS;
    *result = TAKE(session->result);
    return SESSION_ANSWERED;
}

enum session_event session_advance(struct session *session, PGresult **result)
{
    uint64_t count;
    (void)!read(session->wake_fd, &count, sizeof(count)); /* does not block, nor does the timer */
    switch (session->state) {
    case SESSION_PAUSED:
        if (read(session->timer_fd, &count, sizeof(count)) < 0)
            return SESSION_QUIET;
        return start_connecting(session);
    case SESSION_CONNECTING:
        return take_connection(session);
    case SESSION_PREPARING:
    case SESSION_READY:
        return talk(session, result);
    }
    return SESSION_QUIET;
}

void session_wake(struct session *session)
{
    (void)eventfd_write(session->wake_fd, 1);
}

bool session_open(struct session *session, const char *conninfo,
                  const struct statement *(*prepares)(size_t at), struct err *err)
{
    if (!connection_string_check(conninfo, err))
        return false;
    *session = (struct session){
        .conninfo = strdup(conninfo),
        .prepares = prepares,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
        .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
        .pause_ms = PAUSE_FIRST_MS,
        .trouble = "connecting",
    };
    if (!session->conninfo || session->epoll_fd < 0 || session->timer_fd < 0 ||
        session->wake_fd < 0) {
        session_close(session);
        return err_set(err, ERR_UNAVAILABLE, "could not open what a database session needs");
    }
    watch(session, EPOLL_CTL_ADD, session->timer_fd, EPOLLIN);
    watch(session, EPOLL_CTL_ADD, session->wake_fd, EPOLLIN);
    (void)start_connecting(session);
    return true;
}

void session_close(struct session *session)
{
    if (session->handover)
        handover_abandon(TAKE(session->handover));
    PQclear(TAKE(session->result));
    PQfinish(TAKE(session->conn));
    closep(&session->wake_fd);
    closep(&session->timer_fd);
    closep(&session->epoll_fd);
    free(TAKE(session->conninfo));
}
