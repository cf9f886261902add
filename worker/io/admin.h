/*
 * The address for health checks: /livez and /readyz over HTTP, served inside the one loop.
 *
 * libmicrohttpd runs without threads. It works only in admin_run(), which asks the source for each
 * answer to /readyz. /livez always answers 200: an answer proves that the loop turns. Ownership:
 * admin_close frees the result of admin_open. Limits: 16 connections, each for 5 s. Only the method
 * and the path of a request are read. Errors: none after opening.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"

struct admin;

enum { ADMIN_BODY_BYTES_MAX = 8192 };

/* `ready` writes the body of /readyz as JSON and returns true if the process is ready. */
struct admin_source {
    void *context;
    bool (*ready)(void *context, struct text *body);
};

/* `address` is HOST:PORT or [IPV6]:PORT. ERR_UNAVAILABLE: the process cannot listen on it. */
MUST_USE bool admin_open(struct admin **admin, const char *address,
                         const struct admin_source *source, struct err *err);
void admin_close(struct admin *admin);

/* The descriptor is readable when admin_run has something to do. Call admin_run once a second as
 * well, so that connections that send nothing time out. */
int admin_fd(const struct admin *admin);
void admin_run(struct admin *admin);
