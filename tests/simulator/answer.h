/*
 * Answers to calls: the act, when the call arrives, and the reply, which is sent when the latency
 * is over. So tokens are issued in the order of arrival, and a client that leaves in between has
 * still caused the act. A fault can put the act off.
 */
#pragma once

#include "act.h"

enum reply_way {
    REPLY_WHOLE,
    REPLY_PART,     /* part_len bytes of the body, then the connection is closed */
    REPLY_RESET,    /* nothing: the connection is reset */
    REPLY_RESET_AT, /* part_len bytes, the head included, then the connection is reset */
    REPLY_NEVER,    /* nothing: the connection is closed after 30 s */
};

struct reply {
    enum reply_way way;
    unsigned status;          /* of HTTP */
    const char *content_type; /* a constant; NULL: none */
    struct text body;         /* the caller frees */
    size_t part_len;          /* of REPLY_PART and REPLY_RESET_AT; beyond the end: everything */
    int64_t delay_ms;         /* after the arrival */
    struct issued issued;
    enum delivery delivery; /* of what was issued, if the whole reply is handed over */
};

/* Acts, unless a fault prevents it, and makes the reply. If the act is put off, the call is left
 * without its JSON. */
void answer_call(struct reply *reply, struct simulator *s, struct call *call);

/* Makes WeChat's reply to a path that it does not have. */
void answer_unknown_path(struct reply *reply, struct simulator *s, const char *path);
