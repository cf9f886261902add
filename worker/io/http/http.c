#include "io/http/http.h"

#include <assert.h>
#include <stdlib.h>

#include "base/count.h"
#include "io/clock.h"
#include "io/http/easy.h"
#include "io/http/shard.h"

enum {
    SHARD_TRANSFERS = 64,      /* this many are worth a shard of their own */
    SHARDS_MAX = 16,           /* more only if a shard would hold more than SHARD_TRANSFERS_MAX */
    SHARD_TRANSFERS_MAX = 128, /* above this, libcurl's search for a free connection is slow */
    CONNECTING_MAX = 64,       /* at once: each may need a resolver thread or a TLS handshake */
    READY_MAX = 256,           /* sockets per advance; the others wait for the next one */
};

struct http {
    struct http_common common;
    char *ca_file;
    struct http_shard *shards;
    size_t shard_count;
    struct http_transfer *transfers;
    size_t in_flight;  /* sent and not taken yet */
    struct list ended; /* transfers that are not taken yet */
    struct list taken; /* transfers whose bodies are lent out */
};

static size_t count_shards(size_t in_flight_max)
{
    size_t count = (in_flight_max + SHARD_TRANSFERS - 1) / SHARD_TRANSFERS;
    size_t least = (in_flight_max + SHARD_TRANSFERS_MAX - 1) / SHARD_TRANSFERS_MAX;
    if (count > SHARDS_MAX)
        count = SHARDS_MAX;
    return count > least ? count : least;
}

static bool open_shards(struct http *http)
{
    size_t count = count_shards(http->common.settings.in_flight_max);
    size_t each = (http->common.settings.in_flight_max + count - 1) / count;
    http->transfers = calloc(count * each, sizeof(*http->transfers));
    http->shards = calloc(count, sizeof(*http->shards));
    if (!http->transfers || !http->shards)
        return false;
    while (http->shard_count < count) {
        struct http_shard *shard = &http->shards[http->shard_count];
        struct http_transfer *transfers = &http->transfers[http->shard_count * each];
        http->shard_count++;
        if (!http_shard_open(shard, &http->common, transfers, each))
            return false;
    }
    return true;
}

static struct curl_slist *make_headers(void)
{
    static const char *const lines[] = {"Content-Type: application/json", "Accept:", "Expect:"};
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        if (!longer) {
            curl_slist_free_all(headers);
            return NULL;
        }
        headers = longer;
    }
    return headers;
}

static bool copy_settings(struct http *http, const struct http_settings *settings)
{
    http->common.settings = *settings;
    if (!settings->ca_file)
        return true;
    http->ca_file = strdup(settings->ca_file);
    http->common.settings.ca_file = http->ca_file;
    return http->ca_file != NULL;
}

static bool open_parts(struct http *http, const struct http_settings *settings, struct err *err)
{
    struct http_common *common = &http->common;
    if (!http_watch_open(&common->watch, err))
        return false;
    common->headers = make_headers();
    common->names = curl_share_init();
    if (!common->headers || !common->names || !copy_settings(http, settings) ||
        curl_share_setopt(common->names, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK ||
        !open_shards(http))
        return err_set(err, ERR_UNAVAILABLE, "could not set up libcurl");
    return true;
}

bool http_open(struct http **http, const struct http_settings *settings, struct err *err)
{
    assert(settings->in_flight_max > 0);
    assert(settings->body_max > 0);
    if (!http_easy_begin(settings, err))
        return false;
    struct http *opened = calloc(1, sizeof(*opened));
    if (!opened || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(opened);
        return err_set(err, ERR_UNAVAILABLE, "could not set up libcurl");
    }
    list_init(&opened->ended);
    list_init(&opened->taken);
    if (!open_parts(opened, settings, err)) {
        http_close(opened);
        return false;
    }
    *http = opened;
    return true;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->shard_count; i++)
        http_shard_close(&http->shards[i]);
    (void)curl_share_cleanup(http->common.names);
    curl_slist_free_all(http->common.headers);
    http_watch_close(&http->common.watch);
    free(http->shards);
    free(http->transfers);
    free(http->ca_file);
    free(http);
    curl_global_cleanup();
}

int http_fd(const struct http *http)
{
    return http->common.watch.epoll;
}

size_t http_room(const struct http *http)
{
    size_t room = http->common.settings.in_flight_max - http->in_flight;
    size_t connecting = http->common.connecting;
    size_t places = connecting < CONNECTING_MAX ? CONNECTING_MAX - connecting : 0;
    return room < places ? room : places;
}

static void release_taken(struct http *http)
{
    LIST_FOR_EACH_SAFE(struct http_transfer, transfer, &http->taken, link) {
        list_remove(&http->taken, &transfer->link);
        http_shard_release(transfer->shard, transfer);
    }
}

/* Chooses the shard with the most free connections. If none has any, that is the shard with the
 * fewest transfers that still have to connect. */
static struct http_shard *choose_shard(struct http *http)
{
    struct http_shard *best = NULL;
    for (size_t i = 0; i < http->shard_count; i++) {
        struct http_shard *shard = &http->shards[i];
        if (!http_shard_has_place(shard))
            continue;
        if (!best || http_shard_spare_connections(shard) > http_shard_spare_connections(best))
            best = shard;
    }
    assert(best);
    return best;
}

void http_send(struct http *http, void *tag, struct str url, struct str body)
{
    assert(http_room(http) > 0);
    release_taken(http);
    struct http_shard *shard = choose_shard(http);
    struct http_transfer *transfer = http_shard_alloc(shard);
    transfer->tag = tag;
    http->in_flight++;
    if (!http_shard_start(shard, transfer, url, body)) {
        list_append(&http->ended, &transfer->link);
        shard->due = 0;
    }
    http_watch_arm(&http->common.watch, shard->due);
}

static void act_on_sockets(struct http *http)
{
    struct http_ready ready[READY_MAX];
    size_t count = http_watch_poll(&http->common.watch, ready, READY_MAX);
    for (size_t i = 0; i < count; i++)
        http_shard_act_on_socket(ready[i].owner, ready[i].fd, ready[i].events);
}

static void collect_ended(struct http *http, struct http_shard *shard)
{
    for (struct http_transfer *transfer; (transfer = http_shard_take_ended(shard));)
        list_append(&http->ended, &transfer->link);
}

/* Sockets come before timers, so that a request that starts now avoids kept connections that have
 * just died. */
static void advance(struct http *http)
{
    act_on_sockets(http);
    ms_t now = clock_monotonic_ms();
    ms_t due = TIME_NEVER;
    for (size_t i = 0; i < http->shard_count; i++) {
        struct http_shard *shard = &http->shards[i];
        http_shard_act_on_time(shard, now);
        collect_ended(http, shard);
        if (shard->due < due)
            due = shard->due;
    }
    http_watch_arm(&http->common.watch, due);
}

size_t http_take(struct http *http, struct http_reply *replies, size_t room)
{
    release_taken(http);
    if (http->ended.count < room)
        advance(http);
    size_t count = 0;
    LIST_FOR_EACH_SAFE(struct http_transfer, transfer, &http->ended, link) {
        if (count == room)
            break;
        replies[count++] = http_transfer_reply(transfer);
        list_remove(&http->ended, &transfer->link);
        list_append(&http->taken, &transfer->link);
        http->in_flight--;
    }
    return count;
}
