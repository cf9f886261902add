/*
 * struct visit: one HTTP request from its first byte until its reply is sent or its connection is
 * gone. Its stages: the body is read; on the last byte the request is answered, in full, but the
 * reply may have to wait, with the connection suspended; when it is due it goes out.
 * libmicrohttpd tells a suspended connection nothing, so a waiting visit looks every quarter of a
 * second whether its client is still there; one that left is in flight no longer.
 */
#pragma once

#include <microhttpd.h>

#include "answer.h"
#include "delays.h"
#include "report.h"

enum stage { STAGE_READING, STAGE_WAITING, STAGE_DUE };

struct visit {
    struct delay delay; /* first, so that a delay is its visit */
    int64_t due_us;
    enum stage stage;
    struct MHD_Connection *connection;
    struct text body;
    struct reply reply;
    bool is_sent;         /* to its end: all that was announced was handed to the socket */
    struct flight flight; /* fd < 0: not, or no longer, in flight */
};

struct visit *visit_new(struct MHD_Connection *connection);
void visit_free(struct visit *v, struct simulator *s);
void visit_add_body(struct visit *v, const char *bytes, size_t len);

/* Answers the request and leaves the reply in the visit. */
void visit_answer(struct visit *v, struct simulator *s, const char *method, const char *path);

bool visit_client_left(const struct visit *v);

/* Hands the reply to the socket. MHD_NO closes the connection. */
enum MHD_Result visit_reply(struct visit *v, struct simulator *s);
