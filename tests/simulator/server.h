/*
 * struct server: HTTP and the only place that waits, in one thread: libmicrohttpd's own
 * epoll, the delays of waiting visits and the signals that end it (SIGTERM, SIGINT).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "delays.h"
#include "simulator.h"

struct server {
    struct simulator *simulator; /* borrowed */
    struct MHD_Daemon *daemon;
    struct delays delays;
    int epoll_fd;
    int signal_fd;
};

/* False, with the reason on stderr, where the port cannot be had there. Port 0: any. */
bool server_open(struct server *server, struct simulator *simulator, struct in_addr at,
                 uint16_t port);
uint16_t server_port(const struct server *server);

/* Returns when a signal ends it. */
void server_run(struct server *server);
void server_close(struct server *server);
