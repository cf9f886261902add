/*
 * The address for those who watch over the process: /livez and /readyz over HTTP, served inside the one loop.
 *
 * libmicrohttpd without threads: it does something only in admin_run(), which asks the source for each answer. /livez
 * answers 200 as long as the loop turns, which answering proves. Ownership: admin_open's result ends with admin_close.
 * Limits: 16 connections, each for 5 s; requests are read by their path alone. Errors: none after opening.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"

struct admin;

enum { ADMIN_BODY_BYTES_MAX = 8192 };

/* Writes the body of /readyz as JSON; whether it is ready. */
struct admin_source {
    void *context;
    bool (*ready)(void *context, struct text *body);
};

/* `address` is HOST:PORT or [IPV6]:PORT. ERR_UNAVAILABLE where it cannot be listened on. */
MUST_USE bool admin_open(struct admin **admin, const char *address,
                         const struct admin_source *source, struct err *err);
void admin_close(struct admin *admin);

/* Readable when admin_run has something to do; also to be called once a second, for those that say nothing. */
int admin_fd(const struct admin *admin);
void admin_run(struct admin *admin);
