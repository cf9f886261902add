/*
 * HTTP to WeChat: many POSTs at once over kept-alive connections. No POST blocks.
 *
 * About sixteen curl multi handles share one epoll. A multi handle looks through all of its
 * connections for each request, so many small ones are faster than one large one. Easy handles are
 * reused and keep their options. If the URL says https, certificate and host name are always
 * verified. The adapter makes no decisions: it reports what came back.
 *
 * A request of which a byte may have left is never sent a second time. libcurl would repeat it if a
 * kept-alive connection ends without a reply, so the adapter prevents that. SIGPIPE is ignored in
 * the whole process from http_open on.
 *
 * A lost request may still be on its way to WeChat, and may be acted on after the one that follows
 * (may_act_late). One kind surely is not: a request on a kept-alive connection that the peer closed
 * within a second and without a reply. The peer had closed it already, or acted before it closed.
 *
 * Ownership: http_close frees the result of http_open. Limits: in_flight_max transfers; asking for
 * more is a bug. Memory: each transfer keeps the memory of its largest reply, so at most
 * in_flight_max * body_max. Sockets: every descriptor must be below the soft RLIMIT_NOFILE at
 * http_open, so raise it before. Errors: a transfer never fails the adapter; it ends as HTTP_LOST
 * or HTTP_UNSENT. No message holds a URL or a body.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/text.h"
#include "base/time.h"

struct http;

struct http_settings {
    const char *ca_file; /* NULL or "": the system's */
    ms_t connect_timeout_ms;
    ms_t timeout_ms; /* of the whole call */
    size_t in_flight_max;
    size_t body_max; /* bytes of a reply; a longer one is cut, and is_cut says so */
};

enum http_outcome {
    HTTP_REPLIED, /* a whole reply, whatever its status */
    HTTP_LOST,    /* the request may have been acted on: time-out, reset, cut short … */
    HTTP_UNSENT,  /* no connection: the request was surely not acted on */
};

enum { HTTP_DETAIL_BYTES = 96 };

struct http_reply {
    void *tag;
    enum http_outcome outcome;
    long status;       /* HTTP_REPLIED */
    struct str body;   /* HTTP_REPLIED; valid until the next http_send or http_take */
    bool is_cut;       /* the body was longer than body_max */
    bool may_act_late; /* HTTP_LOST: the request may be acted on even after it was given up */
    char detail[HTTP_DETAIL_BYTES]; /* if not HTTP_REPLIED: "timed out after 10000 ms", … */
};

/* The settings are copied. ERR_CONFIG: ca_file cannot be read. ERR_UNAVAILABLE: no descriptors or
 * no memory. */
MUST_USE bool http_open(struct http **http, const struct http_settings *settings, struct err *err);
void http_close(struct http *http);

/* The descriptor is readable when http_take has something to do, timers included. It stays the same
 * from open to close. */
int http_fd(const struct http *http);

/* Returns how many more requests can be sent now; ask again after each http_take. At most 64
 * transfers may be without a connection at a time, including those just sent. Otherwise a cold
 * start would be a burst of resolver threads and TLS handshakes that run into their own
 * time-outs. */
size_t http_room(const struct http *http);

/* POSTs `body` as JSON; both views are copied. The tag comes back once, from http_take. */
void http_send(struct http *http, void *tag, struct str url, struct str body);

/* Moves the transfers on and takes at most `room` of those that have ended. Call it until it
 * returns fewer than `room`. */
size_t http_take(struct http *http, struct http_reply *replies, size_t room);

/* Asks for the head of `url` and waits for it, for the command `check`. Any HTTP status is fine.
 * ERR_UNAVAILABLE says which of these happened: host unreachable, certificate refused, no HTTP
 * reply. ERR_CONFIG: ca_file cannot be used. */
MUST_USE bool http_check(const char *url, const struct http_settings *settings, struct err *err);

/* GETs `url` and waits for it, for the command `health`. Appends the reply's body to `body`, as far
 * as it fits. */
MUST_USE bool http_get(const char *url, ms_t limit_ms, long *status, struct text *body,
                       struct err *err);
