/*
 * One POST and its reply: an easy handle that keeps its options and buffers from one request to the
 * next.
 *
 * libcurl repeats a request by itself where a kept-alive connection ends before a byte of the
 * reply. The transfer lets it do so only while none of the request has left; otherwise it ends the
 * transfer, which then counts as lost. Ownership: the struct is the caller's memory, zeroed before
 * its first use; http_transfer_done frees what it holds and leaves it fit for use. Limits: a reply
 * is kept up to body_max, the rest read and dropped. Errors: false means no memory.
 */
#pragma once

#include <curl/curl.h>

#include "base/list.h"
#include "io/http/http.h"

struct http_shard;

struct http_transfer {
    struct link link;
    struct http_shard *shard; /* whose multi handle it goes through */
    void *tag;
    CURL *easy; /* NULL until the first request */
    CURLcode end;
    size_t *connecting; /* borrowed; counts the transfers for which is_connecting holds */
    bool is_connecting; /* from the load until it has a connection or ends */
    char *request;      /* URL, NUL, body */
    size_t request_max;
    char *body;
    size_t body_len, body_room, body_max;
    bool is_cut;
};

/*
 * Gives it its easy handle; the options that are the caller's (sockets, private data) are not set.
 */
MUST_USE bool http_transfer_prepare(struct http_transfer *transfer,
                                    const struct http_settings *settings,
                                    struct curl_slist *headers);

/* Copies URL and body into it and forgets the last reply. */
MUST_USE bool http_transfer_load(struct http_transfer *transfer, struct str url, struct str body);

/* To be called as soon as it has ended, and once more does no harm. */
void http_transfer_stop_connecting(struct http_transfer *transfer);

/* What came of it. The body is a view of the transfer's memory. */
struct http_reply http_transfer_reply(const struct http_transfer *transfer);

/* The easy handle must have left its multi handle. */
void http_transfer_done(struct http_transfer *transfer);
