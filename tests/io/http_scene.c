#include "test.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "io/clock.h"
#include "io/http_scene.h"

enum { REPLIES_MAX = 16 };

struct scene scene_open(const char *certificate, const struct http_settings *settings)
{
    struct scene scene = {.server = loopback_server_start(certificate)};
    struct err err;
    assert_true(http_open(&scene.http, settings, &err));
    return scene;
}

void scene_close(struct scene *scene)
{
    http_close(scene->http);
    loopback_server_stop(scene->server);
}

static void keep(struct kept *kept, const struct http_reply *reply)
{
    kept->times++;
    kept->outcome = reply->outcome;
    kept->status = reply->status;
    kept->is_cut = reply->is_cut;
    kept->may_act_late = reply->may_act_late;
    kept->body_len = reply->body.len;
    size_t len = reply->body.len < BODY_KEPT ? reply->body.len : BODY_KEPT - 1;
    if (len > 0)
        memcpy(kept->body, reply->body.at, len);
    kept->body[len] = '\0';
    (void)snprintf(kept->detail, sizeof(kept->detail), "%s", reply->detail);
}

size_t take_some(struct http *http)
{
    struct pollfd wait = {.fd = http_fd(http), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
    struct http_reply replies[REPLIES_MAX];
    size_t all = 0;
    for (size_t count = REPLIES_MAX; count == REPLIES_MAX; all += count) {
        count = http_take(http, replies, REPLIES_MAX);
        for (size_t i = 0; i < count; i++)
            keep(replies[i].tag, &replies[i]);
    }
    return all;
}

void take_all(struct http *http, size_t count)
{
    while (count > 0)
        count -= take_some(http);
}

void post_to(const struct scene *scene, struct kept *kept, const char *scheme, const char *path)
{
    char url[256];
    int len = snprintf(url, sizeof(url), "%s://127.0.0.1:%d%s?access_token=SECRET", scheme,
                       loopback_server_port(scene->server), path);
    http_send(scene->http, kept, (struct str){url, (size_t)len}, STR("{\"code\":\"SECRET\"}"));
}

struct kept ask_by(const struct scene *scene, const char *scheme, const char *path)
{
    struct kept kept = {0};
    post_to(scene, &kept, scheme, path);
    take_all(scene->http, 1);
    assert_int_equal(kept.times, 1);
    assert_null(strstr(kept.detail, "SECRET"));
    assert_null(strstr(kept.detail, "127.0.0.1"));
    return kept;
}

struct kept ask(const struct scene *scene, const char *path)
{
    return ask_by(scene, "http", path);
}

void wait_for(size_t (*figure)(struct loopback_server *), struct loopback_server *server,
              size_t least)
{
    for (ms_t end = clock_monotonic_ms() + DEADLINE_MS; figure(server) < least;) {
        assert_true(clock_monotonic_ms() < end);
        (void)poll(NULL, 0, 1);
    }
}
