/*
 * Acts: what WeChat does when a call arrives, and the body of its answer. The act happens at the
 * moment of arrival, whatever becomes of the reply.
 */
#pragma once

#include "call.h"
#include "text.h"

/* An access token on its way: whose, and which. */
struct issued {
    struct issues *issues; /* NULL: none; of an authorizer, so it outlives the reply */
    uint64_t serial;
    struct record *record;
};

/* Lengths asked of the tokens that the act issues; 0: as usual. */
struct lengths {
    uint32_t access;
    uint32_t refresh;
};

/* Acts, or refuses to. */
void act_call(struct text *out, struct issued *issued, struct simulator *s, struct call *call,
              struct lengths lengths);

/* A success that never was: its tokens were not issued, so whoever stores them is found out. */
void act_impostor(struct text *out, const struct call *call);

/* WeChat's error body with its text and a request id. */
void act_errcode(struct text *out, struct simulator *s, int errcode);
const char *act_errmsg(int errcode);
