/*
 * Acts: what WeChat does when a call arrives, and the body of its answer. The act happens when the
 * call arrives, whatever becomes of the reply.
 */
#pragma once

#include "call.h"
#include "text.h"

/* An access token on its way: which one, and whose. */
struct issued {
    struct issues *issues; /* of an authorizer, so it outlives the reply; NULL: no token */
    uint64_t serial;
    struct record *record;
};

/* The lengths of the tokens that the act issues; 0: the usual length. */
struct lengths {
    uint32_t access;
    uint32_t refresh;
};

/* Acts, or refuses the call. */
void act_call(struct text *out, struct issued *issued, struct simulator *s, struct call *call,
              struct lengths lengths);

/* Writes the answer of a success that did not happen. Its tokens were never issued, so the judge
 * finds out who stores them. */
void act_impostor(struct text *out, const struct call *call);

/* Writes WeChat's error body with the errcode's text and a request id. */
void act_errcode(struct text *out, struct simulator *s, int errcode);
const char *act_errmsg(int errcode);
