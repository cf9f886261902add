/*
 * A small HTTP/1.1 server on 127.0.0.1 that misbehaves as the request's path asks. It is one thread
 * of the test's process.
 *
 *     /ok         200 {"ok":1}
 *     /echo       200 and the request's body
 *     /empty      200 without a body
 *     /status/N   status N with a body
 *     /big/N      200 and N bytes
 *     /gather/N   200, but only when N requests wait for it
 *     /last       200, then FIN without having announced it
 *     /silent     nothing, for ever
 *     /dribble    a head, then one byte every few ms, for ever
 *     /cut        part of the announced body, then RST
 *     /reset      RST before a reply
 *     /fin        FIN before a reply
 *     /stale      200 for the first request of a connection, RST for any later one
 *     /vanish     like /stale, but the server stops listening first
 *
 * With a certificate the server speaks TLS. Without one it speaks plain HTTP, and is silent to a
 * TLS client. Loopback only, on any free port. Limits: requests up to 8 KiB. Errors end the test
 * program.
 */
#pragma once

#include <stddef.h>

struct loopback_server;

/* certificate_file holds the certificate and its key; NULL: no TLS. The caller stops the server
 * with loopback_server_stop. */
struct loopback_server *loopback_server_start(const char *certificate_file);
void loopback_server_stop(struct loopback_server *server);

int loopback_server_port(const struct loopback_server *server);

/* Since the start: connections accepted, whole requests read, connections closed by the server. */
size_t loopback_server_accepted(struct loopback_server *server);
size_t loopback_server_requests(struct loopback_server *server);
size_t loopback_server_closed(struct loopback_server *server);
