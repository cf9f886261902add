#include "io/http/shard.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/clock.h"

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket)
{
    (void)easy;
    (void)socket;
    struct http_shard *shard = user;
    uint32_t events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= EPOLLOUT;
    http_watch_want(&shard->common->watch, fd, shard, events);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    (void)multi;
    struct http_shard *shard = user;
    shard->due = timeout_ms < 0 ? TIME_NEVER : clock_monotonic_ms() + timeout_ms;
    return 0;
}

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_shard *shard = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    http_watch_keep(&shard->common->watch, fd);
    shard->connections++;
    return fd;
}

static int on_close(void *user, curl_socket_t fd)
{
    struct http_shard *shard = user;
    http_watch_forget(&shard->common->watch, fd);
    shard->connections--;
    return close(fd);
}

bool http_shard_open(struct http_shard *shard, struct http_common *common,
                     struct http_transfer *transfers, size_t transfers_max)
{
    CURLM *multi = curl_multi_init();
    *shard = (struct http_shard){.common = common,
                                 .multi = multi,
                                 .transfers = transfers,
                                 .transfers_max = transfers_max,
                                 .due = TIME_NEVER};
    list_init(&shard->idle);
    return multi && !curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) &&
           !curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard) &&
           !curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) &&
           !curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard) &&
           !curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)transfers_max);
}

void http_shard_close(struct http_shard *shard)
{
    for (size_t i = 0; i < shard->transfers_made; i++) {
        if (shard->transfers[i].easy)
            (void)curl_multi_remove_handle(shard->multi, shard->transfers[i].easy);
        http_transfer_done(&shard->transfers[i]);
    }
    (void)curl_multi_cleanup(shard->multi);
}

bool http_shard_has_place(const struct http_shard *shard)
{
    return shard->transfers_made < shard->transfers_max || !list_is_empty(&shard->idle);
}

ptrdiff_t http_shard_spare_connections(const struct http_shard *shard)
{
    return (ptrdiff_t)shard->connections - (ptrdiff_t)shard->in_flight;
}

struct http_transfer *http_shard_alloc(struct http_shard *shard)
{
    struct http_transfer *transfer = LIST_LAST(struct http_transfer, &shard->idle, link);
    if (transfer) { /* the one used last is still in the caches */
        list_remove(&shard->idle, &transfer->link);
        return transfer;
    }
    assert(shard->transfers_made < shard->transfers_max);
    transfer = &shard->transfers[shard->transfers_made++];
    link_init(&transfer->link);
    transfer->shard = shard;
    transfer->connecting = &shard->common->connecting;
    return transfer;
}

void http_shard_release(struct http_shard *shard, struct http_transfer *transfer)
{
    list_append(&shard->idle, &transfer->link);
}

static bool prepare(struct http_shard *shard, struct http_transfer *transfer)
{
    if (transfer->easy)
        return true;
    const struct http_common *common = shard->common;
    if (!http_transfer_prepare(transfer, &common->settings, common->headers))
        return false;
    CURL *easy = transfer->easy;
    return !curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_SHARE, common->names) &&
           !curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
           !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, shard) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, shard);
}

bool http_shard_start(struct http_shard *shard, struct http_transfer *transfer, struct str url,
                      struct str body)
{
    if (!prepare(shard, transfer) || !http_transfer_load(transfer, url, body) ||
        curl_multi_add_handle(shard->multi, transfer->easy) != CURLM_OK) {
        http_transfer_done(transfer);
        return false;
    }
    shard->in_flight++;
    transfer->is_connecting = true;
    shard->common->connecting++;
    return true;
}

static void act(struct http_shard *shard, curl_socket_t fd, int what)
{
    int running;
    (void)curl_multi_socket_action(shard->multi, fd, what, &running); /* errors: per transfer */
    shard->is_touched = true;
}

void http_shard_act_on_socket(struct http_shard *shard, int fd, uint32_t events)
{
    int what = 0;
    if (events & EPOLLIN)
        what |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        what |= CURL_CSELECT_ERR;
    act(shard, fd, what);
}

void http_shard_act_on_time(struct http_shard *shard, ms_t now)
{
    if (shard->due > now)
        return;
    shard->due = TIME_NEVER;
    act(shard, CURL_SOCKET_TIMEOUT, 0);
}

struct http_transfer *http_shard_take_ended(struct http_shard *shard)
{
    if (!shard->is_touched)
        return NULL;
    int left;
    CURLMsg *message = curl_multi_info_read(shard->multi, &left);
    if (!message) {
        shard->is_touched = false;
        return NULL;
    }
    assert(message->msg == CURLMSG_DONE); /* libcurl has no other message */
    struct http_transfer *transfer = NULL;
    CURL *easy = message->easy_handle;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    transfer->end = message->data.result;
    (void)curl_multi_remove_handle(shard->multi, easy);
    http_transfer_stop_connecting(transfer);
    shard->in_flight--;
    return transfer;
}
