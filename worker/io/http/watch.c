#include "io/http/watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    SOCKETS_MAX = 1 << 20, /* a container may have a limit of a thousand million */
    EVENTS_MAX = 256,      /* per poll; the others are still there at the next one */
    IDLE_READS_MAX = 16,   /* a peer that closes sends some ten bytes */
};

static size_t descriptors_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > SOCKETS_MAX)
        return SOCKETS_MAX;
    return (size_t)limit.rlim_cur;
}

bool http_watch_open(struct http_watch *watch, struct err *err)
{
    *watch = (struct http_watch){
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
        .armed = TIME_NEVER,
        .sockets_max = descriptors_max()};
    if (watch->epoll < 0 || watch->timer < 0)
        return err_set(err, ERR_UNAVAILABLE, "could not open epoll or timer: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN, .data.fd = watch->timer};
    if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->timer, &event) < 0)
        return err_set(err, ERR_UNAVAILABLE, "could not watch timer: %s", strerror(errno));
    watch->sockets = calloc(watch->sockets_max, sizeof(*watch->sockets));
    if (!watch->sockets)
        return err_set(err, ERR_UNAVAILABLE, "no memory for %zu sockets", watch->sockets_max);
    return true;
}

void http_watch_close(struct http_watch *watch)
{
    if (watch->epoll > 0)
        (void)close(watch->epoll);
    if (watch->timer > 0)
        (void)close(watch->timer);
    free(watch->sockets);
    *watch = (struct http_watch){0};
}

static struct http_socket *socket_at(struct http_watch *watch, int fd)
{
    assert(fd >= 0);
    assert((size_t)fd < watch->sockets_max);
    return &watch->sockets[fd];
}

void http_watch_keep(struct http_watch *watch, int fd)
{
    *socket_at(watch, fd) = (struct http_socket){.is_kept = true};
}

void http_watch_forget(struct http_watch *watch, int fd)
{
    *socket_at(watch, fd) = (struct http_socket){0};
}

static void unregister(struct http_watch *watch, int fd)
{
    struct http_socket *socket = socket_at(watch, fd);
    (void)epoll_ctl(watch->epoll, EPOLL_CTL_DEL, fd, NULL); /* fails if fd is closed already */
    socket->registered = 0;
}

void http_watch_want(struct http_watch *watch, int fd, void *owner, uint32_t events)
{
    struct http_socket *socket = socket_at(watch, fd);
    socket->owner = owner;
    socket->wanted = events;
    if (events == 0 && !socket->is_kept)
        unregister(watch, fd);
    if (events == 0 || events == socket->registered)
        return;
    struct epoll_event event = {.events = events, .data.fd = fd};
    int how = socket->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int refused = epoll_ctl(watch->epoll, how, fd, &event);
    /* If epoll has refused, the transfer ends by its time-out. */
    socket->registered = refused ? 0 : events;
}

void http_watch_arm(struct http_watch *watch, ms_t due)
{
    if (due >= watch->armed)
        return;
    ms_t at = due > 0 ? due : 1; /* zero would disarm the timer */
    struct itimerspec when = {
        .it_value = {.tv_sec = at / MS_PER_S, .tv_nsec = at % MS_PER_S * 1000000}};
    /* Cannot fail, because the time is valid. */
    (void)timerfd_settime(watch->timer, TFD_TIMER_ABSTIME, &when, NULL);
    watch->armed = due;
}

static void silence_timer(struct http_watch *watch)
{
    uint64_t times;
    (void)!read(watch->timer, &times, sizeof(times)); /* makes the timer unreadable */
    watch->armed = TIME_NEVER;
}

/* If a kept connection becomes readable without a request, the other side has closed it. Under TLS,
 * libcurl 7.88 takes such a connection for alive, because there are bytes to read, and loses a
 * request on it. Those bytes are therefore read here and dropped. */
static void end_idle(struct http_watch *watch, int fd, uint32_t events)
{
    unregister(watch, fd);
    if (!socket_at(watch, fd)->is_kept || events == EPOLLOUT)
        return;
    char bytes[1024];
    for (int i = 0; i < IDLE_READS_MAX && recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0; i++)
        continue;
    (void)shutdown(fd, SHUT_RDWR); /* libcurl sees this at its next look and closes it */
}

size_t http_watch_poll(struct http_watch *watch, struct http_ready *ready, size_t room)
{
    struct epoll_event events[EVENTS_MAX];
    int max = room < EVENTS_MAX ? (int)room : EVENTS_MAX;
    int found = epoll_wait(watch->epoll, events, max, 0);
    size_t count = 0;
    for (int i = 0; i < found; i++) {
        int fd = events[i].data.fd;
        struct http_socket *socket = socket_at(watch, fd);
        if (fd == watch->timer)
            silence_timer(watch);
        else if (socket->wanted)
            ready[count++] = (struct http_ready){socket->owner, fd, events[i].events};
        else
            end_idle(watch, fd, events[i].events);
    }
    return count;
}
