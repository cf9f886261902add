/*
 * One POST and its reply, on an easy handle that keeps its options and buffers from one request to
 * the next.
 *
 * libcurl repeats a request by itself if a kept-alive connection ends before the first byte of the
 * reply. A transfer allows that only while no byte of the request has left. After that, it is ended
 * and counts as lost. Ownership: the struct is the caller's memory, zeroed before its first use;
 * http_transfer_done frees what it holds and leaves it ready for use. Limits: a reply is kept up to
 * body_max; the rest is read and dropped. Errors: false means no memory.
 */
#pragma once

#include <curl/curl.h>

#include "base/list.h"
#include "io/http/http.h"

struct http_shard;

struct http_transfer {
    struct link link;
    struct http_shard *shard; /* has the multi handle that carries the transfer */
    void *tag;
    CURL *easy; /* NULL until the first request */
    CURLcode end;
    ms_t sent_at;       /* when the last try had its connection, on the monotonic clock */
    size_t *connecting; /* borrowed; counts the transfers whose is_connecting is true */
    bool is_connecting; /* true from the start until the transfer has a connection or ends */
    char *request;      /* URL, NUL, body */
    size_t request_max;
    char *body;
    size_t body_len, body_room, body_max;
    bool is_cut;
};

/* Makes the easy handle. Options that are the caller's (sockets, private data) are not set. */
MUST_USE bool http_transfer_prepare(struct http_transfer *transfer,
                                    const struct http_settings *settings,
                                    struct curl_slist *headers);

/* Copies URL and body into the transfer and forgets the last reply. */
MUST_USE bool http_transfer_load(struct http_transfer *transfer, struct str url, struct str body);

/* Call this as soon as the transfer has ended. A second call does no harm. */
void http_transfer_stop_connecting(struct http_transfer *transfer);

/* Returns what came of the transfer. The body is a view of the transfer's memory. */
struct http_reply http_transfer_reply(const struct http_transfer *transfer);

/* Frees what the transfer holds. The easy handle must have left its multi handle. */
void http_transfer_done(struct http_transfer *transfer);
