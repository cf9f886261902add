/*
 * One multi handle, with the connections and transfers that belong to it for good.
 *
 * libcurl's callbacks end here. They only write down which events libcurl wants and when it wants
 * to be called. Ownership: the memory and everything in struct http_common are the caller's and
 * outlive the shard. Limits: `transfers_max` transfers at a time, and as many connections. Errors:
 * false means no memory.
 */
#pragma once

#include <stddef.h>

#include "io/http/transfer.h"
#include "io/http/watch.h"

/* Shared by all shards. */
struct http_common {
    struct http_settings settings;
    struct curl_slist *headers;
    CURLSH *names; /* a host name is resolved once for all shards */
    struct http_watch watch;
    size_t connecting; /* transfers that have no connection yet */
};

struct http_shard {
    struct http_common *common;
    CURLM *multi;
    struct http_transfer *transfers; /* transfers_max, zeroed; used one after another */
    size_t transfers_made, transfers_max;
    struct list idle;
    size_t in_flight;
    size_t connections; /* open sockets, in use or kept alive */
    ms_t due;           /* when libcurl wants to be called, or TIME_NEVER */
    bool is_touched;    /* libcurl was called since the last look for ended transfers */
};

MUST_USE bool http_shard_open(struct http_shard *shard, struct http_common *common,
                              struct http_transfer *transfers, size_t transfers_max);

/* The shard may have transfers in flight, or may have been opened only in part. */
void http_shard_close(struct http_shard *shard);

bool http_shard_has_place(const struct http_shard *shard);

/* Returns how many kept connections wait for a request; negative if transfers still have to
 * connect. */
ptrdiff_t http_shard_spare_connections(const struct http_shard *shard);

/* Returns a transfer to fill; the shard must have a place. http_shard_release() takes it back. */
struct http_transfer *http_shard_alloc(struct http_shard *shard);
void http_shard_release(struct http_shard *shard, struct http_transfer *transfer);

/* Starts the transfer at the next http_shard_act_on_time(). If it returns false, there was no
 * memory and the transfer has no easy handle, but keeps its place. */
MUST_USE bool http_shard_start(struct http_shard *shard, struct http_transfer *transfer,
                               struct str url, struct str body);

void http_shard_act_on_socket(struct http_shard *shard, int fd, uint32_t events);

/* Does nothing if the shard is not due. */
void http_shard_act_on_time(struct http_shard *shard, ms_t now);

/* Returns the next transfer that has ended, or NULL. */
struct http_transfer *http_shard_take_ended(struct http_shard *shard);
