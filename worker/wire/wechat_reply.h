/*
 * WeChat's reply -> struct answer. Dispatches on the JSON alone: never on Content-Type, hardly on
 * the HTTP status.
 *
 * Tolerates what was recorded: errcode 0 beside data, numbers as strings, a BOM or blanks in front,
 * unknown members, success without tokens (no API permission). What is no JSON object of the call's
 * kind is ANSWER_GARBLED with a detail for the log, which never quotes the body. Limits: tokens of
 * TOKEN_LEN_MAX bytes, SCOPES_MAX scopes; beyond: garbled.
 */
#pragma once

#include "base/arena.h"
#include "model/wechat.h"

enum { REPLY_BYTES_MAX = 64 * 1024 }; /* 1.9 KB with 28 scopes recorded */

/* Never fails: what cannot be read is an answer too. Strings and scopes are copied into `into`,
 * which the caller keeps (ROW_BYTES_MAX suffice). */
void wechat_reply_decode(struct answer *answer, struct arena *into, enum wechat_call call,
                         long http_status, struct str body);
