/*
 * struct server: HTTP, and the only place that waits. One thread waits for libmicrohttpd's own
 * epoll, for the delays of waiting visits and for the signals that end it (SIGTERM, SIGINT).
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

/* Returns false, with the reason on stderr, if the port is not available at that address. Port 0:
 * any free port. */
bool server_open(struct server *server, struct simulator *simulator, struct in_addr at,
                 uint16_t port);
uint16_t server_port(const struct server *server);

/* Serves until a signal ends it. */
void server_run(struct server *server);
void server_close(struct server *server);
