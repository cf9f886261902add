/*
 * HOST:PORT or [IPV6]:PORT, as the settings have checked it: listened on, or asked.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"

/* A listening socket that does not block, or -1. The caller closes it. */
int address_listen(const char *address, int backlog, struct err *err);

/* http://ADDRESS and `path`, for a client on this machine: where it listens on all addresses, one of them is asked. */
void address_local_url(struct text *url, const char *address, const char *path);
