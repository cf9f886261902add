/*
 * One multi handle with the connections and transfers that belong to it for good.
 *
 * libcurl's callbacks end here: they write down what it wants to hear of and when, and nothing else
 * happens in them. Ownership: memory and everything in struct http_common are the caller's and
 * outlive the shard. Limits: `transfers_max` at a time, and as many connections. Errors: false
 * means no memory.
 */
#pragma once

#include <stddef.h>

#include "io/http/transfer.h"
#include "io/http/watch.h"

/* What all shards use together. */
struct http_common {
    struct http_settings settings;
    struct curl_slist *headers;
    CURLSH *names; /* a host's name is resolved once for all */
    struct http_watch watch;
    size_t connecting; /* transfers that have no connection yet */
};

struct http_shard {
    struct http_common *common;
    CURLM *multi;
    struct http_transfer *transfers; /* transfers_max, zeroed; made use of one after the other */
    size_t transfers_made, transfers_max;
    struct list idle;
    size_t in_flight;
    size_t connections; /* sockets open, in use or kept */
    ms_t due;           /* when libcurl wants to be called; TIME_NEVER */
    bool is_touched;    /* was called since its ended transfers were asked for */
};

MUST_USE bool http_shard_open(struct http_shard *shard, struct http_common *common,
                              struct http_transfer *transfers, size_t transfers_max);

/* Also with transfers in flight, and for a shard that could not be opened whole. */
void http_shard_close(struct http_shard *shard);

bool http_shard_has_place(const struct http_shard *shard);

/*
 * Kept connections that wait for a request; less than none where transfers still have to connect.
 */
ptrdiff_t http_shard_spare_connections(const struct http_shard *shard);

/* A transfer to fill; the shard must have a place. http_shard_release() brings it back. */
struct http_transfer *http_shard_alloc(struct http_shard *shard);
void http_shard_release(struct http_shard *shard, struct http_transfer *transfer);

/*
 * Starts it at the next http_shard_act_on_time(). False: no memory; it keeps its place and has no
 * easy handle.
 */
MUST_USE bool http_shard_start(struct http_shard *shard, struct http_transfer *transfer,
                               struct str url, struct str body);

void http_shard_act_on_socket(struct http_shard *shard, int fd, uint32_t events);

/* Does something only where the shard is due. */
void http_shard_act_on_time(struct http_shard *shard, ms_t now);

/* The next transfer that has ended, or NULL. */
struct http_transfer *http_shard_take_ended(struct http_shard *shard);
