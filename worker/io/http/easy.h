/*
 * What all libcurl handles of ours have in common: their constant options, and what the end of a
 * transfer means.
 *
 * Whether a request may have been acted on is read from one figure, the bytes libcurl has handed to
 * the connection (CURLINFO_REQUEST_SIZE, which counts over all of a transfer's tries), not from the
 * error it ended with. Ownership: nothing is kept. Only io/http includes this.
 */
#pragma once

#include <curl/curl.h>

#include "base/text.h"
#include "io/http/http.h"

/*
 * Sets every option that is the same for all requests. False: out of memory, or a libcurl without a
 * feature we need.
 */
MUST_USE bool http_easy_prepare(CURL *easy, const struct http_settings *settings);

/*
 * To be called before the first handle is made: false, ERR_CONFIG, where the CA file cannot be
 * read. Ignores SIGPIPE for the whole process: OpenSSL writes to closed connections, and libcurl's
 * own guard costs system calls at each step.
 */
MUST_USE bool http_easy_begin(const struct http_settings *settings, struct err *err);

/* Bytes of the request that have left so far, headers included. */
long http_easy_sent_bytes(CURL *easy);

enum http_outcome http_easy_outcome(CURL *easy, CURLcode code);

/* Says in words how a transfer ended that did not end well. */
void http_easy_describe(struct text *text, CURL *easy, CURLcode code);
