/*
 * struct visit: one HTTP request, from its first byte until its reply is sent or its connection is
 * gone.
 *
 * Stages: first the body is read. After its last byte the whole answer is made, but the reply may
 * have to wait; the connection is suspended meanwhile. When the reply is due, it is sent.
 * libmicrohttpd reports nothing about a suspended connection, so a waiting visit checks every
 * quarter of a second whether its client is still there. A visit whose client has left is no longer
 * in flight.
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
    bool is_sent;         /* everything that was announced was handed to the socket */
    struct flight flight; /* fd < 0: not in flight, or no longer */
};

struct visit *visit_new(struct MHD_Connection *connection);
void visit_free(struct visit *v, struct simulator *s);
void visit_add_body(struct visit *v, const char *bytes, size_t len);

/* Answers the request and leaves the reply in the visit. */
void visit_answer(struct visit *v, struct simulator *s, const char *method, const char *path);

bool visit_client_left(const struct visit *v);

/* Hands the reply to the socket. MHD_NO closes the connection. */
enum MHD_Result visit_reply(struct visit *v, struct simulator *s);
