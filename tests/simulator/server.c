#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "visit.h"

enum {
    CONNECTIONS_MAX = 60000,
    OTHER_FILES = 32,         /* of the process, beside connections */
    CONNECTION_BYTES = 16384, /* for a request's head and a reply's */
    LOOK_EVERY_US = 250000,   /* after clients that wait */
};

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Lets the visit wait until it is due, or until it is time to look after its client. */
static void wait_on(struct server *server, struct visit *v, int64_t now)
{
    int64_t look_us = now + LOOK_EVERY_US;
    v->delay.at_us = v->due_us < look_us ? v->due_us : look_us;
    delays_add(&server->delays, &v->delay);
}

static enum MHD_Result go_on(struct server *server, struct visit *v, const char *method,
                             const char *path)
{
    if (v->stage == STAGE_READING) {
        visit_answer(v, server->simulator, method, path);
        int64_t now = now_us();
        v->due_us = now + v->reply.delay_ms * 1000;
        v->stage = v->reply.delay_ms ? STAGE_WAITING : STAGE_DUE;
        if (v->stage == STAGE_WAITING) {
            MHD_suspend_connection(v->connection);
            wait_on(server, v, now);
        }
    }
    return v->stage == STAGE_DUE ? visit_reply(v, server->simulator) : MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the library gives it eight parameters. */
static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *body, size_t *body_len, void **memory)
{
    (void)version;
    struct visit *v = *memory;
    if (!v) {
        *memory = visit_new(connection);
        return MHD_YES;
    }
    if (*body_len == 0)
        return go_on(closure, v, method, path);
    visit_add_body(v, body, *body_len);
    *body_len = 0;
    return MHD_YES;
}

static void on_completed(void *closure, struct MHD_Connection *connection, void **memory,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection;
    struct server *server = closure;
    struct visit *v = *memory;
    if (v && how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        v->is_sent = true;
    visit_free(v, server->simulator);
    *memory = NULL;
}

/* As many connections as the system lets us have. */
static unsigned raise_connection_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 900;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_cur > CONNECTIONS_MAX + OTHER_FILES)
        limit.rlim_cur = CONNECTIONS_MAX + OTHER_FILES;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return (unsigned)limit.rlim_cur - OTHER_FILES;
}

static int open_signals(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool server_open(struct server *server, struct simulator *simulator, struct in_addr at,
                 uint16_t port)
{
    *server = (struct server){.simulator = simulator, .signal_fd = open_signals()};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = at};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    server->daemon = MHD_start_daemon(
        flags, port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_CONNECTION_LIMIT,
        raise_connection_limit(), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096U, MHD_OPTION_END);
    if (!server->daemon || server->signal_fd < 0) {
        char text[INET_ADDRSTRLEN];
        fprintf(stderr, "wechat-simulator: could not listen on %s:%u: %s\n",
                inet_ntop(AF_INET, &at, text, sizeof(text)), port, strerror(errno));
        server_close(server);
        return false;
    }
    server->epoll_fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return true;
}

uint16_t server_port(const struct server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static int64_t wait_us(const struct server *server)
{
    int64_t wait = INT64_MAX;
    MHD_UNSIGNED_LONG_LONG library_ms = 0;
    if (MHD_get_timeout(server->daemon, &library_ms) == MHD_YES)
        wait = (int64_t)library_ms * 1000;
    const struct delay *first = delays_first(&server->delays);
    if (!first)
        return wait;
    int64_t left = first->at_us - now_us();
    if (left < 0)
        left = 0;
    return left < wait ? left : wait;
}

/* Waits for whatever comes first; false when a signal says to end. */
static bool wait_for_events(const struct server *server)
{
    struct pollfd fds[] = {
        {.fd = server->epoll_fd, .events = POLLIN},
        {.fd = server->signal_fd, .events = POLLIN},
    };
    int64_t us = wait_us(server);
    struct timespec limit = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    (void)ppoll(fds, 2, us == INT64_MAX ? NULL : &limit, NULL);
    return fds[1].revents == 0;
}

static void resume(struct visit *v)
{
    v->stage = STAGE_DUE;
    MHD_resume_connection(v->connection);
}

static void wake_due(struct server *server)
{
    int64_t now = now_us();
    for (struct delay *first = delays_first(&server->delays); first && first->at_us <= now;
         first = delays_first(&server->delays)) {
        struct visit *v = (struct visit *)delays_take(&server->delays);
        if (v->due_us <= now) {
            resume(v);
            continue;
        }
        if (!visit_client_left(v)) {
            wait_on(server, v, now);
            continue;
        }
        v->reply.way = REPLY_NEVER;
        resume(v);
    }
}

void server_run(struct server *server)
{
    while (wait_for_events(server)) {
        wake_due(server);
        (void)MHD_run(server->daemon);
    }
}

void server_close(struct server *server)
{
    struct delay *delay = NULL;
    while (
        (delay = delays_take(&server->delays))) /* the library stops only what is not suspended */
        MHD_resume_connection(((struct visit *)delay)->connection);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    delays_done(&server->delays);
    if (server->signal_fd >= 0)
        (void)close(server->signal_fd);
}
