#include "io/http/http.h"

#include "base/cleanup.h"
#include "io/http/easy.h"

static void easy_closep(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

/* The first words tell the cases apart; the detail after them says more. */
static bool say_why(CURL *easy, CURLcode code, struct err *err)
{
    char memory[HTTP_DETAIL_BYTES];
    struct text text = TEXT_IN(memory);
    http_easy_describe(&text, easy, code);
    const char *detail = text_terminated(&text);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return err_set(err, ERR_CONFIG, "cannot use CA file: %s", detail);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return err_set(err, ERR_UNAVAILABLE, "%s", detail);
    if (http_easy_outcome(easy, code) == HTTP_UNSENT)
        return err_set(err, ERR_UNAVAILABLE, "host unreachable: %s", detail);
    return err_set(err, ERR_UNAVAILABLE, "no HTTP reply: %s", detail);
}

bool http_check(const char *url, const struct http_settings *settings, struct err *err)
{
    if (!http_easy_begin(settings, err))
        return false;
    CLEANUP(easy_closep) CURL *easy = curl_easy_init();
    if (!easy || !http_easy_prepare(easy, settings) ||
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "could not set up libcurl");
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK)
        return say_why(easy, code, err);
    return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl sets the type */
static size_t append(char *bytes, size_t one, size_t count, void *context)
{
    text_add(context, (struct str){.at = bytes, .len = one * count});
    return one * count;
}

bool http_get(const char *url, ms_t limit_ms, long *status, struct text *body, struct err *err)
{
    CLEANUP(easy_closep) CURL *easy = curl_easy_init();
    if (!easy || curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)limit_ms) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, body) != CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "could not set up libcurl");
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "could not ask \"%s\": %s", url,
                       curl_easy_strerror(code));
    return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status) == CURLE_OK ||
           err_set(err, ERR_UNAVAILABLE, "could not read the status of \"%s\"", url);
}
