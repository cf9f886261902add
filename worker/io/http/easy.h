/*
 * The things that all our libcurl handles share: their constant options, and the meaning of a
 * transfer's end.
 *
 * A request may have been acted on if libcurl has handed any byte of it to a connection
 * (CURLINFO_REQUEST_SIZE, which counts all tries of a transfer). The error that the transfer ended
 * with does not matter. Ownership: nothing is kept. Only io/http includes this header.
 */
#pragma once

#include <curl/curl.h>

#include "base/text.h"
#include "io/http/http.h"

/* Sets every option that is the same for all requests. Returns false if there is no memory, or if
 * libcurl does not have a feature that we need. */
MUST_USE bool http_easy_prepare(CURL *easy, const struct http_settings *settings);

/* Call this before the first handle is made. Ignores SIGPIPE for the whole process: OpenSSL writes
 * to closed connections, and libcurl's own guard costs system calls at each step. ERR_CONFIG: the
 * CA file cannot be read. */
MUST_USE bool http_easy_begin(const struct http_settings *settings, struct err *err);

/* Returns how many bytes of the request have left so far, headers included. */
long http_easy_sent_bytes(CURL *easy);

enum http_outcome http_easy_outcome(CURL *easy, CURLcode code);

/* Says in words why a transfer failed. */
void http_easy_describe(struct text *text, CURL *easy, CURLcode code);
