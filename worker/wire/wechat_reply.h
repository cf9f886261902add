/*
 * Decodes WeChat's reply into a struct answer. The JSON decides, never the Content-Type. The HTTP
 * status matters only if the body has no errcode.
 *
 * Accepts what has been recorded: errcode 0 next to data, numbers as strings, a BOM or blanks at
 * the start, unknown members, and success without tokens (no API permission). A body that is not a
 * JSON object of the call's kind is ANSWER_GARBLED, with a detail for the log that never quotes the
 * body. The call may then act late unless the status is 200: any other status is a gateway's word,
 * and WeChat may still have the request. Limits: tokens of TOKEN_LEN_MAX bytes and SCOPES_MAX
 * scopes. A reply beyond them is garbled.
 */
#pragma once

#include "base/arena.h"
#include "model/wechat.h"

enum { REPLY_BYTES_MAX = 64 * 1024 }; /* recorded: 1.9 KB with 28 scopes */

/* Never fails, because a reply that cannot be read is an answer too. Copies strings and scopes into
 * `into`, which the caller keeps; ROW_BYTES_MAX bytes are enough. */
void wechat_reply_decode(struct answer *answer, struct arena *into, enum wechat_call call,
                         long http_status, struct str body);
