/*
 * Answers to calls: the act, at the moment the call arrives, and what goes back when its latency is
 * over. So the order of issue is the order of arrival, and a client that leaves in between has
 * caused the act all the same.
 */
#pragma once

#include "act.h"

enum reply_way {
    REPLY_WHOLE,
    REPLY_PART,     /* so many bytes of the body, then the connection is closed */
    REPLY_RESET,    /* none: the connection is reset */
    REPLY_RESET_AT, /* so many bytes, with those of the head, then it is reset */
    REPLY_NEVER,    /* none: closed after 30 s */
};

struct reply {
    enum reply_way way;
    unsigned status;          /* of HTTP */
    const char *content_type; /* a constant; NULL: none */
    struct text body;         /* the caller frees */
    size_t part_len;          /* of REPLY_PART and REPLY_RESET_AT; beyond the end: all of it */
    int64_t delay_ms;         /* from the arrival on */
    struct issued issued;
    enum delivery delivery; /* of what was issued, should the reply arrive whole */
};

/* Acts, unless a fault prevents it, and makes the reply. */
void answer_call(struct reply *reply, struct simulator *s, struct call *call);

/* What WeChat answers to a path that it does not have. */
void answer_unknown_path(struct reply *reply, struct simulator *s, const char *path);
