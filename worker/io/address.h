/*
 * Addresses of the form HOST:PORT or [IPV6]:PORT: listens on one, or makes a URL of it.
 *
 * The settings have already checked the form.
 */
#pragma once

#include "base/err.h"
#include "base/text.h"

/* Returns a listening socket that does not block, or -1. The caller closes it. */
int address_listen(const char *address, int backlog, struct err *err);

/* Appends http://ADDRESS and `path`, for a client on this machine. If the address stands for all
 * addresses, the URL has the loopback address. */
void address_local_url(struct text *url, const char *address, const char *path);
