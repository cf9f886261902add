/*
 * One descriptor for many sockets and one timer: an epoll that is changed as rarely as possible.
 *
 * libcurl says "remove" and "add" for each reuse of a kept-alive connection. Here a kept socket
 * stays registered until it is closed. If it becomes readable while nobody wants its events, it is
 * unregistered and shut down: the other side has closed it, and nothing can be sent on it any more,
 * whatever libcurl believes. Sockets that libcurl opens by itself (those of its resolver) are not
 * kept. libcurl closes them without saying so, so they are registered and removed as it asks.
 * Units: milliseconds of the monotonic clock. Limits: descriptors below the soft RLIMIT_NOFILE at
 * the time of opening. Ownership: the struct is the caller's memory; the sockets belong to others.
 * Threads: one.
 */
#pragma once

#include <sys/epoll.h>

#include "base/err.h"
#include "base/time.h"

struct http_socket {
    void *owner;         /* borrowed; the last one that wanted the socket's events */
    uint32_t wanted;     /* EPOLLIN and EPOLLOUT; 0: nothing */
    uint32_t registered; /* the events that epoll has for the socket; 0: it is not registered */
    bool is_kept;
};

struct http_watch {
    int epoll;
    int timer;
    ms_t armed;                  /* when the timer rings, or TIME_NEVER */
    struct http_socket *sockets; /* indexed by descriptor */
    size_t sockets_max;
};

struct http_ready {
    void *owner;
    int fd;
    uint32_t events;
};

MUST_USE bool http_watch_open(struct http_watch *watch, struct err *err);

/* The watch may be zeroed, or may have been opened only in part. */
void http_watch_close(struct http_watch *watch);

/* Keeps the descriptor registered from now on, even while nobody wants its events. */
void http_watch_keep(struct http_watch *watch, int fd);

/* Call this right before a kept descriptor is closed. */
void http_watch_forget(struct http_watch *watch, int fd);

/* Sets the events that are wanted from now on; 0: nothing. */
void http_watch_want(struct http_watch *watch, int fd, void *owner, uint32_t events);

/* Makes the epoll readable at `due` at the latest. It may become readable earlier, because a timer
 * that is set is never put off. */
void http_watch_arm(struct http_watch *watch, ms_t due);

/* Returns sockets with events that somebody wants; never blocks. The timer is not among them: it
 * only makes the epoll readable. */
size_t http_watch_poll(struct http_watch *watch, struct http_ready *ready, size_t room);
