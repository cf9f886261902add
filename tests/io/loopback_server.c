#include "io/loopback_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { TICK_MS = 5, IN_BYTES = 8192, CONNECTIONS_MAX = 4096, EVENTS_MAX = 64, HEAD_BYTES = 256 };

struct connection {
    int fd;
    SSL *ssl;
    char in[IN_BYTES + 1];
    size_t in_len;
    char *out;
    size_t out_len, out_at;
    size_t served;
    bool is_dribbling;
    bool is_held;
    bool is_ending; /* FIN when everything is sent */
};

struct loopback_server {
    pthread_t thread;
    SSL_CTX *tls;
    int listener, epoll, stop, port;
    struct connection *connections[CONNECTIONS_MAX]; /* by descriptor */
    size_t held;
    atomic_size_t accepted, requests, closed;
};

static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    perror(what);
    abort();
}

static void end_connection(struct loopback_server *server, struct connection *connection)
{
    if (connection->ssl && connection->is_ending)
        (void)SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    server->connections[connection->fd] = NULL;
    (void)close(connection->fd);
    free(connection->out);
    free(connection);
    atomic_fetch_add(&server->closed, 1);
}

static void reset_connection(struct loopback_server *server, struct connection *connection)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    end_connection(server, connection);
}

/* Returns the bytes moved, 0 if it would block, -1 if the connection has ended. */
static ssize_t receive(struct connection *connection, char *at, size_t room)
{
    if (!connection->ssl) {
        ssize_t len = recv(connection->fd, at, room, MSG_DONTWAIT);
        return len > 0 ? len : len == 0 || errno != EAGAIN ? -1 : 0;
    }
    int len = SSL_read(connection->ssl, at, (int)room);
    if (len > 0)
        return len;
    int why = SSL_get_error(connection->ssl, len);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t transmit(struct connection *connection, const char *at, size_t len)
{
    if (!connection->ssl) {
        ssize_t sent = send(connection->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent >= 0 ? sent : errno == EAGAIN ? 0 : -1;
    }
    int sent = SSL_write(connection->ssl, at, (int)len);
    if (sent > 0)
        return sent;
    int why = SSL_get_error(connection->ssl, sent);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* Returns false if that ended the connection. */
static bool flush(struct loopback_server *server, struct connection *connection)
{
    while (connection->out_at < connection->out_len) {
        ssize_t sent = transmit(connection, connection->out + connection->out_at,
                                connection->out_len - connection->out_at);
        if (sent < 0) {
            end_connection(server, connection);
            return false;
        }
        if (sent == 0)
            break;
        connection->out_at += (size_t)sent;
    }
    bool is_out = connection->out_at == connection->out_len;
    if (is_out && connection->is_ending) {
        end_connection(server, connection);
        return false;
    }
    struct epoll_event event = {.events = is_out ? EPOLLIN : EPOLLIN | EPOLLOUT,
                                .data.fd = connection->fd};
    (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, connection->fd, &event);
    return true;
}

/* Prepares a reply. body NULL: the body is `len` times x. */
static void put_reply(struct connection *connection, int status, const char *body, size_t len)
{
    connection->out = realloc(connection->out, HEAD_BYTES + len);
    must(connection->out, "realloc");
    int head = snprintf(connection->out, HEAD_BYTES,
                        "HTTP/1.1 %d Loopback\r\nContent-Type: application/json\r\n"
                        "Location: /ok\r\nContent-Length: %zu\r\n\r\n",
                        status, len);
    if (body)
        memcpy(connection->out + head, body, len);
    else
        memset(connection->out + head, 'x', len);
    connection->out_at = 0;
    connection->out_len = (size_t)head + len;
}

static bool reply(struct loopback_server *server, struct connection *connection, int status,
                  const char *body)
{
    put_reply(connection, status, body, strlen(body));
    return flush(server, connection);
}

/* Holds the reply back until `count` requests wait, then sends all replies. */
static void gather(struct loopback_server *server, struct connection *connection, size_t count)
{
    put_reply(connection, 200, "{\"ok\":1}", 8);
    connection->is_held = true;
    if (++server->held < count)
        return;
    server->held = 0;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *held = server->connections[i];
        if (!held || !held->is_held)
            continue;
        held->is_held = false;
        (void)flush(server, held);
    }
}

static void stop_listening(struct loopback_server *server)
{
    if (server->listener >= 0)
        (void)close(server->listener);
    server->listener = -1;
}

static bool answer_well(struct loopback_server *server, struct connection *connection,
                        const char *path, const char *body)
{
    static const char ok[] = "{\"ok\":1}";
    if (strcmp(path, "/echo") == 0)
        return reply(server, connection, 200, body);
    if (strcmp(path, "/empty") == 0)
        return reply(server, connection, 200, "");
    if (strncmp(path, "/status/", 8) == 0)
        return reply(server, connection, atoi(path + 8), ok);
    if (strncmp(path, "/big/", 5) == 0) {
        put_reply(connection, 200, NULL, (size_t)atol(path + 5));
        return flush(server, connection);
    }
    return reply(server, connection, 200, ok);
}

/* Returns false if that ended the connection. */
static bool answer(struct loopback_server *server, struct connection *connection, const char *path,
                   const char *body)
{
    bool is_later = connection->served++ > 0;
    if (strcmp(path, "/silent") == 0)
        return true;
    if (strncmp(path, "/gather/", 8) == 0) {
        gather(server, connection, (size_t)atol(path + 8));
        return true;
    }
    if (strcmp(path, "/vanish") == 0 && is_later)
        stop_listening(server);
    if (strcmp(path, "/reset") == 0 ||
        ((strcmp(path, "/stale") == 0 || strcmp(path, "/vanish") == 0) && is_later)) {
        reset_connection(server, connection);
        return false;
    }
    if (strcmp(path, "/cut") == 0) {
        put_reply(connection, 200, NULL, 1000);
        connection->out_len -= 900;
        if (flush(server, connection))
            reset_connection(server, connection);
        return false;
    }
    if (strcmp(path, "/dribble") == 0) {
        put_reply(connection, 200, NULL, 100000);
        connection->out_len -= 100000;
        connection->is_dribbling = true;
        return flush(server, connection);
    }
    connection->is_ending = strcmp(path, "/last") == 0 || strcmp(path, "/fin") == 0;
    if (strcmp(path, "/fin") == 0)
        return flush(server, connection);
    return answer_well(server, connection, path, body);
}

/* Answers the request in the buffer, if it is whole. Returns false if the connection has ended. */
static bool serve(struct loopback_server *server, struct connection *connection)
{
    connection->in[connection->in_len] = '\0';
    char *body = strstr(connection->in, "\r\n\r\n");
    if (!body)
        return true;
    body += 4;
    const char *length = strcasestr(connection->in, "\r\ncontent-length:");
    size_t body_len = length ? (size_t)atol(length + 17) : 0;
    if ((size_t)(connection->in + connection->in_len - body) < body_len)
        return true;
    char path[64] = "";
    (void)sscanf(connection->in, "%*s %63[^ ?]", path);
    atomic_fetch_add(&server->requests, 1);
    connection->in_len = 0; /* our clients send the next request only after the reply */
    return answer(server, connection, path, body);
}

static void read_connection(struct loopback_server *server, struct connection *connection)
{
    for (;;) {
        size_t room = IN_BYTES - connection->in_len;
        ssize_t len = receive(connection, connection->in + connection->in_len, room);
        if (len == 0)
            return;
        if (len < 0 || room == 0) {
            end_connection(server, connection);
            return;
        }
        connection->in_len += (size_t)len;
        if (!serve(server, connection))
            return;
    }
}

static void accept_connection(struct loopback_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    must(fd < CONNECTIONS_MAX, "too many connections");
    struct connection *connection = calloc(1, sizeof(*connection));
    must(connection, "calloc");
    connection->fd = fd;
    if (server->tls) {
        connection->ssl = SSL_new(server->tls);
        must(connection->ssl && SSL_set_fd(connection->ssl, fd) == 1, "SSL_new");
        SSL_set_accept_state(connection->ssl);
    }
    server->connections[fd] = connection;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
    atomic_fetch_add(&server->accepted, 1);
}

static void act(struct loopback_server *server, const struct epoll_event *event)
{
    if (event->data.fd == server->listener) {
        accept_connection(server);
        return;
    }
    struct connection *connection = server->connections[event->data.fd];
    if (!connection)
        return;
    if ((event->events & EPOLLOUT) && !flush(server, connection))
        return;
    if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_connection(server, connection);
}

static void dribble(struct loopback_server *server)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *connection = server->connections[i];
        if (connection && connection->is_dribbling && transmit(connection, "x", 1) < 0)
            end_connection(server, connection);
    }
}

static void *run(void *user)
{
    struct loopback_server *server = user;
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(server->epoll, events, EVENTS_MAX, TICK_MS);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == server->stop)
                return NULL;
            act(server, &events[i]);
        }
        if (count <= 0)
            dribble(server);
    }
}

static void open_listener(struct loopback_server *server)
{
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    must(bind(server->listener, (struct sockaddr *)&address, len) == 0, "bind");
    must(listen(server->listener, 2048) == 0, "listen");
    must(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    server->port = ntohs(address.sin_port);
}

static void watch(struct loopback_server *server, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

struct loopback_server *loopback_server_start(const char *certificate_file)
{
    struct loopback_server *server = calloc(1, sizeof(*server));
    must(server, "calloc");
    if (certificate_file) {
        server->tls = SSL_CTX_new(TLS_server_method());
        must(server->tls &&
                 SSL_CTX_use_certificate_file(server->tls, certificate_file, SSL_FILETYPE_PEM) ==
                     1 &&
                 SSL_CTX_use_PrivateKey_file(server->tls, certificate_file, SSL_FILETYPE_PEM) == 1,
             "certificate");
    }
    open_listener(server);
    server->stop = eventfd(0, EFD_CLOEXEC);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(server, server->listener);
    watch(server, server->stop);
    must(pthread_create(&server->thread, NULL, run, server) == 0, "pthread_create");
    return server;
}

void loopback_server_stop(struct loopback_server *server)
{
    if (!server)
        return;
    must(eventfd_write(server->stop, 1) == 0, "eventfd_write");
    (void)pthread_join(server->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i])
            end_connection(server, server->connections[i]);
    stop_listening(server);
    (void)close(server->stop);
    (void)close(server->epoll);
    SSL_CTX_free(server->tls);
    free(server);
}

int loopback_server_port(const struct loopback_server *server)
{
    return server->port;
}

size_t loopback_server_accepted(struct loopback_server *server)
{
    return atomic_load(&server->accepted);
}

size_t loopback_server_requests(struct loopback_server *server)
{
    return atomic_load(&server->requests);
}

size_t loopback_server_closed(struct loopback_server *server)
{
    return atomic_load(&server->closed);
}
