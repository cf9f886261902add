#include "io/http/transfer.h"

#include <stdlib.h>

#include "io/clock.h"
#include "io/http/easy.h"

enum { BODY_BYTES_FIRST = 2048, AT_ONCE_MS = 1000 };

/* Makes room for `len` more bytes, as far as body_max allows. */
static bool make_room(struct http_transfer *transfer, size_t len)
{
    size_t room = transfer->body_room ? transfer->body_room : BODY_BYTES_FIRST;
    while (room - transfer->body_len < len)
        room *= 2;
    if (room > transfer->body_max)
        room = transfer->body_max;
    if (room <= transfer->body_room)
        return true;
    char *body = realloc(transfer->body, room);
    if (!body)
        return false;
    transfer->body = body;
    transfer->body_room = room;
    return true;
}

static size_t take_body(char *piece, size_t size, size_t count, void *user)
{
    struct http_transfer *transfer = user;
    size_t len = size * count;
    size_t left = transfer->body_max - transfer->body_len;
    size_t kept = len < left ? len : left;
    if (kept < len)
        transfer->is_cut = true;
    if (kept == 0)
        return len;
    if (!make_room(transfer, kept))
        return CURL_WRITEFUNC_ERROR;
    memcpy(transfer->body + transfer->body_len, piece, kept);
    transfer->body_len += kept;
    return len;
}

void http_transfer_stop_connecting(struct http_transfer *transfer)
{
    if (transfer->is_connecting)
        --*transfer->connecting;
    transfer->is_connecting = false;
}

/* libcurl asks before each try, as soon as it has a connection for the try. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl sets the type */
static int permit_try(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    struct http_transfer *transfer = user;
    http_transfer_stop_connecting(transfer);
    if (http_easy_sent_bytes(transfer->easy) > 0)
        return CURL_PREREQFUNC_ABORT;
    transfer->sent_at = clock_monotonic_ms();
    return CURL_PREREQFUNC_OK;
}

bool http_transfer_prepare(struct http_transfer *transfer, const struct http_settings *settings,
                           struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();
    int wrong = !easy || !http_easy_prepare(easy, settings);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_POST, 1L);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, permit_try);
    wrong = wrong || curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    if (wrong) {
        curl_easy_cleanup(easy);
        return false;
    }
    transfer->easy = easy;
    transfer->body_max = settings->body_max;
    return true;
}

static bool copy_request(struct http_transfer *transfer, struct str url, struct str body)
{
    size_t need = url.len + 1 + body.len;
    if (need > transfer->request_max) {
        char *request = realloc(transfer->request, need);
        if (!request)
            return false;
        transfer->request = request;
        transfer->request_max = need;
    }
    memcpy(transfer->request, url.at, url.len);
    transfer->request[url.len] = '\0';
    if (body.len > 0)
        memcpy(transfer->request + url.len + 1, body.at, body.len);
    return true;
}

bool http_transfer_load(struct http_transfer *transfer, struct str url, struct str body)
{
    transfer->body_len = 0;
    transfer->is_cut = false;
    if (!copy_request(transfer, url, body))
        return false;
    const char *copy = transfer->request;
    return !curl_easy_setopt(transfer->easy, CURLOPT_URL, copy) &&
           !curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, copy + url.len + 1) &&
           !curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
}

/* libcurl repeats a request that was sent only if its peer has closed a kept-alive connection and
 * no reply had begun. Such a repeat is either not permitted, or finds no connection. */
static bool peer_closed_at_once(const struct http_transfer *transfer)
{
    bool is_repeat = transfer->end == CURLE_ABORTED_BY_CALLBACK ||
                     transfer->end == CURLE_COULDNT_CONNECT;
    return is_repeat && clock_monotonic_ms() - transfer->sent_at <= AT_ONCE_MS;
}

struct http_reply http_transfer_reply(const struct http_transfer *transfer)
{
    struct http_reply reply = {.tag = transfer->tag, .outcome = HTTP_UNSENT, .detail = "no memory"};
    if (!transfer->easy)
        return reply;
    reply.outcome = http_easy_outcome(transfer->easy, transfer->end);
    if (reply.outcome != HTTP_REPLIED) {
        struct text detail = TEXT_IN(reply.detail);
        http_easy_describe(&detail, transfer->easy, transfer->end);
        (void)text_terminated(&detail);
        reply.may_act_late = reply.outcome == HTTP_LOST && !peer_closed_at_once(transfer);
        return reply;
    }
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &reply.status);
    reply.body = (struct str){transfer->body_len ? transfer->body : "", transfer->body_len};
    reply.is_cut = transfer->is_cut;
    reply.detail[0] = '\0';
    return reply;
}

void http_transfer_done(struct http_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    free(transfer->request);
    free(transfer->body);
    transfer->easy = NULL;
    transfer->request = transfer->body = NULL;
    transfer->request_max = transfer->body_room = transfer->body_len = 0;
}
