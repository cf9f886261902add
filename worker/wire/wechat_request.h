/*
 * Encodes a struct wechat_request as a URL and a body. Both hold secrets: they go to io/http and
 * nowhere else.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"
#include "model/wechat.h"

enum {
    REQUEST_URL_MAX = 256 + 3 * TOKEN_LEN_MAX, /* with every byte of the token percent-encoded */
    REQUEST_BODY_MAX = 512 + 6 * TOKEN_LEN_MAX,
};

/* Appends "base_url/cgi-bin/component/CALL?PARAMETER=TOKEN". PARAMETER and TOKEN are
 * percent-encoded. */
void wechat_request_url(struct text *url, const struct wechat_request *request, struct str base_url,
                        struct str parameter);

/* Appends the JSON body. */
void wechat_request_body(struct text *body, const struct wechat_request *request);
