#include "io/http/easy.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A reply is one or two KiB, and libcurl allocates its buffer again for each request. The upload
 * buffer has the smallest size that libcurl allows, because newer versions hold one per connection.
 * An idle connection is closed before any front server would close it: a connection that the server
 * has closed can cost a request. */
enum { BUFFER_BYTES = 4096, UPLOAD_BUFFER_BYTES = 16384, IDLE_MAX_S = 20 };

bool http_easy_begin(const struct http_settings *settings, struct err *err)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (!settings->ca_file || !*settings->ca_file || access(settings->ca_file, R_OK) == 0)
        return true;
    return err_set(err, ERR_CONFIG, "cannot read CA file \"%s\"", settings->ca_file);
}

static unsigned set_tls(CURL *easy, const struct http_settings *settings)
{
    unsigned wrong = 0;
    wrong |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    wrong |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    wrong |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file && *settings->ca_file)
        wrong |= curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);

    /* If a directory of certificates is set, libcurl parses the whole bundle again for every
     * connection. */
    const char *bundle = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_CAINFO, &bundle);
    if (bundle || (settings->ca_file && *settings->ca_file))
        wrong |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    return wrong;
}

bool http_easy_prepare(CURL *easy, const struct http_settings *settings)
{
    unsigned wrong = set_tls(easy, settings);
    wrong |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    wrong |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    wrong |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    wrong |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "wxtoken");
    wrong |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    wrong |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
    wrong |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
    wrong |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    wrong |= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER_BYTES);
    wrong |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
    /* Otherwise a time-out during name resolution would block this thread until the system's
     * resolver has given up too. */
    wrong |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return wrong == 0;
}

long http_easy_sent_bytes(CURL *easy)
{
    long bytes = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes;
}

enum http_outcome http_easy_outcome(CURL *easy, CURLcode code)
{
    if (code == CURLE_OK)
        return HTTP_REPLIED;
    return http_easy_sent_bytes(easy) > 0 ? HTTP_LOST : HTTP_UNSENT;
}

/* The numbers are OpenSSL's. Those of another TLS library are reported as they are. */
static void describe_certificate(struct text *text, CURL *easy)
{
    long verdict = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    switch (verdict) {
    case 0:
    case 1: /* the chain is good, and libcurl has refused the name */
        text_add(text, STR("certificate refused: it is not for this host"));
        return;
    case 9:
        text_add(text, STR("certificate refused: not yet valid"));
        return;
    case 10:
        text_add(text, STR("certificate refused: expired"));
        return;
    case 18:
    case 19:
    case 20:
    case 21:
        text_add(text, STR("certificate refused: its issuer is not trusted"));
        return;
    default:
        text_format(text, "certificate refused: verify result %ld", verdict);
    }
}

static void describe_connect(struct text *text, CURL *easy)
{
    long number = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    const char *words = number ? strerrordesc_np((int)number) : NULL;
    text_format(text, "could not connect: %s", words ? words : "no address answered");
}

static void describe_timeout(struct text *text, CURL *easy)
{
    curl_off_t total_us = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total_us);
    const char *what = http_easy_sent_bytes(easy) > 0 ? "timed out" : "no connection";
    text_format(text, "%s after %lld ms", what, (long long)(total_us / 1000));
}

static void describe_rest(struct text *text, CURL *easy, CURLcode code)
{
    curl_off_t body_bytes = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
    text_add(text, str_of(curl_easy_strerror(code)));
    if (body_bytes > 0)
        text_format(text, " after %lld bytes of reply", (long long)body_bytes);
}

void http_easy_describe(struct text *text, CURL *easy, CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        describe_timeout(text, easy);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        describe_certificate(text, easy);
        break;
    case CURLE_COULDNT_CONNECT:
        describe_connect(text, easy);
        break;
    case CURLE_ABORTED_BY_CALLBACK:
        text_add(text, STR("kept-alive connection ended without a reply"));
        break;
    default:
        describe_rest(text, easy, code);
    }
}
