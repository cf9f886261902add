/*
 * The one descriptor of many sockets and one timer: an epoll that is told as little as possible.
 *
 * libcurl says "remove" and "add" for each reuse of a kept-alive connection; here a kept socket
 * stays registered as it was until it is closed. If it speaks while nobody wants to hear it, it is
 * taken out and shut down: the other side has ended it, and nothing can be sent on it any more,
 * whatever libcurl believes. Sockets that libcurl opens by itself (those of its resolver) it also
 * closes unseen, so they are registered and removed as it says. Units: milliseconds of the
 * monotonic clock. Limits: descriptors below the soft RLIMIT_NOFILE of the time of opening.
 * Ownership: the struct is the caller's memory; sockets stay whose they are. Not for several
 * threads.
 */
#pragma once

#include <sys/epoll.h>

#include "base/err.h"
#include "base/time.h"

struct http_socket {
    void *owner;         /* borrowed; whoever last wanted to hear of it */
    uint32_t wanted;     /* EPOLLIN and EPOLLOUT; 0 for none */
    uint32_t registered; /* what epoll has of it; 0: it has not */
    bool is_kept;
};

struct http_watch {
    int epoll;
    int timer;
    ms_t armed;                  /* when the timer is set to go off; TIME_NEVER */
    struct http_socket *sockets; /* by descriptor */
    size_t sockets_max;
};

struct http_ready {
    void *owner;
    int fd;
    uint32_t events;
};

MUST_USE bool http_watch_open(struct http_watch *watch, struct err *err);

/* Also for a watch that was zeroed or could not be opened whole. */
void http_watch_close(struct http_watch *watch);

/* From now on the descriptor stays registered over phases in which nobody wants it. */
void http_watch_keep(struct http_watch *watch, int fd);

/* Called right before a kept descriptor is closed. */
void http_watch_forget(struct http_watch *watch, int fd);

/* `events` is what is wanted from now on; 0 for nothing. */
void http_watch_want(struct http_watch *watch, int fd, void *owner, uint32_t events);

/*
 * Makes the epoll readable at `due` at the latest. Earlier is possible: a timer is not put off,
 * only forward.
 */
void http_watch_arm(struct http_watch *watch, ms_t due);

/*
 * Never blocks. Of the sockets, those that somebody wants; the timer only ends the wait of others.
 */
size_t http_watch_poll(struct http_watch *watch, struct http_ready *ready, size_t room);
