/*
 * Answers to calls: the act, at the moment the call arrives, and what goes back when its latency is
 * over. So the order of issue is the order of arrival, and a client that leaves in between has
 * caused the act all the same.
 */
#pragma once

#include "call.h"
#include "text.h"

enum reply_way {
    REPLY_WHOLE,
    REPLY_HALF,  /* half of the body, then the connection is closed */
    REPLY_RESET, /* none: the connection is reset */
    REPLY_NEVER, /* none: closed after 30 s */
};

struct reply {
    enum reply_way way;
    unsigned status;          /* of HTTP */
    const char *content_type; /* a constant */
    struct text body;         /* the caller frees */
    int64_t delay_ms;         /* from the arrival on */
};

/* Acts, unless a fault prevents it, and makes the reply. */
void answer_call(struct reply *reply, struct simulator *s, struct call *call);

/* WeChat's error body with its text and a request id. */
void answer_errcode(struct text *out, struct simulator *s, int errcode);
