/*
 * HTTP to WeChat: many POSTs at once over kept-alive connections, none of them blocking.
 *
 * About sixteen curl multi handles on one epoll, easy handles reused with their options kept: one
 * multi handle looks through all of its connections for each request, many small ones do not. TLS
 * certificate and host name are always verified where the URL says https. No decisions: it says
 * what came back. A request of which a byte may have left is never sent a second time: libcurl
 * would, where a kept-alive connection ends without a reply, and is stopped from it. SIGPIPE is
 * ignored from http_open on, in the whole process. Ownership: http_open's result ends with
 * http_close. Limits: in_flight_max transfers; asking for more is a bug. Memory: each transfer
 * keeps the largest reply it has seen, so at most in_flight_max * body_max. Sockets: the soft
 * RLIMIT_NOFILE at http_open is the highest descriptor there may be (raise it before). Errors: a
 * transfer never fails the adapter, it ends as HTTP_LOST or HTTP_UNSENT. No message holds a URL or
 * a body.
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
    ms_t timeout_ms; /* whole call */
    size_t in_flight_max;
    size_t body_max; /* bytes of a reply; a longer one is cut and says so */
};

enum http_outcome {
    HTTP_REPLIED, /* a whole reply, whatever its status */
    HTTP_LOST,    /* the request may have been acted on: time-out, reset, cut short … */
    HTTP_UNSENT,  /* no connection: it was surely not acted on */
};

enum { HTTP_DETAIL_BYTES = 96 };

struct http_reply {
    void *tag;
    enum http_outcome outcome;
    long status;                    /* HTTP_REPLIED */
    struct str body;                /* HTTP_REPLIED; until the next http_send or http_take */
    bool is_cut;                    /* the body was longer than body_max */
    char detail[HTTP_DETAIL_BYTES]; /* otherwise: what happened, e.g. "timed out after 10000 ms" */
};

/*
 * ERR_CONFIG where ca_file cannot be read, else ERR_UNAVAILABLE: no descriptors or no memory. The
 * settings are copied.
 */
MUST_USE bool http_open(struct http **http, const struct http_settings *settings, struct err *err);
void http_close(struct http *http);

/*
 * Readable when http_take has something to do (timers included). Stays the same from open to close.
 */
int http_fd(const struct http *http);

/*
 * How many more can be sent now. At most 64 transfers may be without a connection at a time, those
 * just sent included, so that a cold start is no burst of resolver threads and TLS handshakes that
 * run into their own time-outs: ask again after each http_take.
 */
size_t http_room(const struct http *http);

/*
 * POSTs `body` as JSON; both views are copied. The tag comes back once, from http_take. Never
 * called from http_take.
 */
void http_send(struct http *http, void *tag, struct str url, struct str body);

/*
 * Moves the transfers on and takes at most `room` of those that have ended. To be called until it
 * gives fewer than asked.
 */
size_t http_take(struct http *http, struct http_reply *replies, size_t room);

/*
 * Asks for the head of `url` and waits for it, for the command `check`: any HTTP status is fine.
 * ERR_UNAVAILABLE says which it was: host unreachable, certificate refused, or no HTTP reply;
 * ERR_CONFIG where ca_file cannot be used.
 */
MUST_USE bool http_check(const char *url, const struct http_settings *settings, struct err *err);

/* GETs `url` and waits for it, for the command `health`. The body is appended to `body`, as far as it fits. */
MUST_USE bool http_get(const char *url, ms_t limit_ms, long *status, struct text *body,
                       struct err *err);
