/*
 * The HTTP adapter and the misbehaving server that it talks to: a test asks, and looks at what
 * comes back.
 *
 * The tag of a request is its struct kept. Every request has the word SECRET in its URL and in its
 * body. Every wait is for a condition, up to DEADLINE_MS; then the test fails.
 */
#pragma once

#include "io/http/http.h"
#include "io/loopback_server.h"

enum { DEADLINE_MS = 20000, BODY_KEPT = 128, IN_FLIGHT_MAX = 1000, BODY_MAX = 4096 };

/* The reply to one request, kept beyond the next http_take. */
struct kept {
    size_t times;
    enum http_outcome outcome;
    long status;
    char body[BODY_KEPT];
    size_t body_len;
    bool is_cut;
    bool may_act_late;
    char detail[HTTP_DETAIL_BYTES];
};

struct scene {
    struct loopback_server *server;
    struct http *http;
};

static const struct http_settings http_usual = {.connect_timeout_ms = 5000,
                                                .timeout_ms = 10000,
                                                .in_flight_max = IN_FLIGHT_MAX,
                                                .body_max = BODY_MAX};

/* certificate: NULL for a server without TLS. */
struct scene scene_open(const char *certificate, const struct http_settings *settings);
void scene_close(struct scene *scene);

void post_to(const struct scene *scene, struct kept *kept, const char *scheme, const char *path);

/* Takes what has come back and returns how many. Waits on the adapter's descriptor alone, so a
 * missing wake-up fails the test. */
size_t take_some(struct http *http);
void take_all(struct http *http, size_t count);

/* Posts and waits for the reply. No secret may appear in its detail. */
struct kept ask(const struct scene *scene, const char *path);
struct kept ask_by(const struct scene *scene, const char *scheme, const char *path);

/* Waits until a figure of the server is at least `least`. */
void wait_for(size_t (*figure)(struct loopback_server *), struct loopback_server *server,
              size_t least);
