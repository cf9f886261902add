/*
 * struct call: one request to WeChat, read and looked up, but not acted on.
 *
 * Reading finds the first reason to refuse it, in WeChat's order: method, access token, body,
 * members, component. Whatever is not as documented goes into the report. The things that the
 * request names are pointers into the world.
 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "call_kind.h"
#include "simulator.h"

enum { CALL_BODY_MAX = 65536 };

/* What came over HTTP; all borrowed. */
struct request {
    const char *method;
    const char *path;
    const char *access_token;   /* under either name; "" if absent */
    unsigned access_tokens;     /* how many were given */
    const char *unknown_param;  /* NULL: none */
    const char *content_length; /* NULL: chunked */
    const char *body;
    size_t body_len;
};

struct call {
    enum call_kind kind;
    int errcode; /* why it must be refused; 0: no reason yet */
    int64_t now_ms;
    struct json_object *root;
    const char *values[MEMBERS_MAX]; /* of the members of its spec; NULL: absent or no string */
    struct component *component;     /* named by the body; NULL: unknown */
    struct authorizer *authorizer;   /* named by the body or its code; NULL: unknown */
    struct code *code;
};

/* The caller calls call_done. Nothing of the request is kept. */
void call_read(struct call *call, struct simulator *s, enum call_kind kind,
               const struct request *request);
void call_done(struct call *call);

/* Returns the value of a member that is a number. */
int64_t call_number(const struct call *call, const char *member);
