#include "test.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/http.h"
#include "io/loopback_server.h"

enum {
    DEADLINE_MS = 20000,
    REPLIES_MAX = 16,
    BODY_KEPT = 128,
    IN_FLIGHT_MAX = 1000,
    BODY_MAX = 4096
};

/* What came back of one request, kept beyond the next http_take. */
struct kept {
    size_t times;
    enum http_outcome outcome;
    long status;
    char body[BODY_KEPT];
    size_t body_len;
    bool is_cut;
    char detail[HTTP_DETAIL_BYTES];
};

struct scene {
    struct loopback_server *server;
    struct http *http;
};

static const struct http_settings usual = {.connect_timeout_ms = 5000,
                                           .timeout_ms = 10000,
                                           .in_flight_max = IN_FLIGHT_MAX,
                                           .body_max = BODY_MAX};

static ms_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (ms_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static struct scene scene_open(const char *certificate, const struct http_settings *settings)
{
    struct scene scene = {.server = loopback_server_start(certificate)};
    struct err err;
    assert_true(http_open(&scene.http, settings, &err));
    return scene;
}

static void scene_close(struct scene *scene)
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
    kept->body_len = reply->body.len;
    size_t len = reply->body.len < BODY_KEPT ? reply->body.len : BODY_KEPT - 1;
    if (len > 0)
        memcpy(kept->body, reply->body.at, len);
    kept->body[len] = '\0';
    (void)snprintf(kept->detail, sizeof(kept->detail), "%s", reply->detail);
}

/* Waits on the descriptor alone, so a missing wake-up ends the test. The tag of a request is its struct kept. */
static size_t take_some(struct http *http)
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

static void take_all(struct http *http, size_t count)
{
    while (count > 0)
        count -= take_some(http);
}

static void post_to(const struct scene *scene, struct kept *kept, const char *scheme,
                    const char *path)
{
    char url[256];
    int len = snprintf(url, sizeof(url), "%s://127.0.0.1:%d%s?access_token=SECRET", scheme,
                       loopback_server_port(scene->server), path);
    http_send(scene->http, kept, (struct str){url, (size_t)len}, STR("{\"code\":\"SECRET\"}"));
}

static struct kept ask_by(const struct scene *scene, const char *scheme, const char *path)
{
    struct kept kept = {0};
    post_to(scene, &kept, scheme, path);
    take_all(scene->http, 1);
    assert_int_equal(kept.times, 1);
    assert_null(strstr(kept.detail, "SECRET"));
    assert_null(strstr(kept.detail, "127.0.0.1"));
    return kept;
}

static struct kept ask(const struct scene *scene, const char *path)
{
    return ask_by(scene, "http", path);
}

static void wait_for(size_t (*figure)(struct loopback_server *), struct loopback_server *server,
                     size_t least)
{
    for (ms_t end = now_ms() + DEADLINE_MS; figure(server) < least;) {
        assert_true(now_ms() < end);
        (void)poll(NULL, 0, 1);
    }
}

static void a_reply_comes_back_with_its_status_and_body(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/echo");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.status, 200);
    assert_string_equal(kept.body, "{\"code\":\"SECRET\"}");
    assert_false(kept.is_cut);
    scene_close(&scene);
}

static void a_status_of_5xx_is_a_reply(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/status/502");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.status, 502);
    assert_string_equal(kept.body, "{\"ok\":1}");
    scene_close(&scene);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/status/302");

    assert_int_equal(kept.status, 302);
    assert_int_equal(loopback_server_requests(scene.server), 1);
    scene_close(&scene);
}

static void an_empty_body_is_a_reply(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/empty");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.status, 200);
    assert_int_equal(kept.body_len, 0);
    scene_close(&scene);
}

static void a_reply_of_just_the_limit_is_whole(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/big/4096");

    assert_int_equal(kept.body_len, BODY_MAX);
    assert_false(kept.is_cut);
    scene_close(&scene);
}

static void a_longer_reply_is_cut_there_and_the_connection_stays_good(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/big/200000");
    struct kept next = ask(&scene, "/ok");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.body_len, BODY_MAX);
    assert_true(kept.is_cut);
    assert_string_equal(next.body, "{\"ok\":1}");
    assert_false(next.is_cut);
    assert_int_equal(loopback_server_accepted(scene.server), 1);
    scene_close(&scene);
}

static void requests_share_a_kept_connection(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    for (int i = 0; i < 50; i++)
        assert_int_equal(ask(&scene, "/ok").outcome, HTTP_REPLIED);

    assert_int_equal(loopback_server_accepted(scene.server), 1);
    scene_close(&scene);
}

/* As many at once as there is room for, until `count` have come back. */
static void ask_many(const struct scene *scene, struct kept *kept, size_t count)
{
    memset(kept, 0, count * sizeof(*kept));
    size_t sent = 0;
    for (size_t taken = 0; taken < count; taken += take_some(scene->http))
        for (; sent < count && http_room(scene->http) > 0; sent++)
            post_to(scene, &kept[sent], "http", "/ok");
}

static void a_thousand_at_once_all_come_back_and_leave_their_connections(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    static struct kept kept[IN_FLIGHT_MAX];
    (void)ask(&scene, "/ok"); /* from here on there is room for all */

    for (int round = 0; round < 4; round++)
        ask_many(&scene, kept, IN_FLIGHT_MAX);

    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        assert_int_equal(kept[i].times, 1);
        assert_int_equal(kept[i].outcome, HTTP_REPLIED);
        assert_string_equal(kept[i].body, "{\"ok\":1}");
    }
    assert_true(loopback_server_accepted(scene.server) <= IN_FLIGHT_MAX);
    assert_int_equal(loopback_server_closed(scene.server), 0);
    assert_int_equal(http_room(scene.http), IN_FLIGHT_MAX);
    scene_close(&scene);
}

static void until_the_name_is_known_there_is_room_for_few(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    assert_int_equal(http_room(scene.http), 16);
    (void)ask(&scene, "/ok");
    assert_int_equal(http_room(scene.http), IN_FLIGHT_MAX);
    scene_close(&scene);
}

static void a_name_that_does_not_exist_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    struct kept kept = {0};

    http_send(scene.http, &kept, STR("http://nobody.invalid/SECRET"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_null(strstr(kept.detail, "SECRET"));
    assert_int_equal(http_room(scene.http), 16);
    scene_close(&scene);
}

static void a_refused_connection_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    struct kept kept = {0};

    http_send(scene.http, &kept, STR("http://127.0.0.1:1/SECRET"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_string_equal(kept.detail, "could not connect: Connection refused");
    scene_close(&scene);
}

static void an_unsent_request_after_a_good_one_is_unsent(void **state)
{
    (void)state;
    struct http_settings one = usual;
    one.in_flight_max = 1; /* so that the handle is the same */
    struct scene scene = scene_open(NULL, &one);
    struct kept kept = {0};
    assert_int_equal(ask(&scene, "/ok").outcome, HTTP_REPLIED);

    http_send(scene.http, &kept, STR("http://127.0.0.1:1/"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_int_equal(kept.status, 0);
    assert_int_equal(kept.body_len, 0);
    scene_close(&scene);
}

static void another_protocol_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    struct kept kept = {0};

    http_send(scene.http, &kept, STR("file:///dev/null"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    scene_close(&scene);
}

static void an_end_of_the_connection_before_the_reply_is_lost(void **state)
{
    (void)state;
    static const char *const paths[] = {"/reset", "/fin"};
    struct scene scene = scene_open(NULL, &usual);

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ask(&scene, paths[i]).outcome, HTTP_LOST);

    assert_int_equal(loopback_server_requests(scene.server), 2);
    scene_close(&scene);
}

static void a_reset_in_mid_body_is_lost(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    struct kept kept = ask(&scene, "/cut");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_int_equal(kept.body_len, 0);
    assert_int_not_equal(kept.detail[0], '\0');
    scene_close(&scene);
}

static void a_request_that_a_kept_connection_died_of_is_lost_and_not_repeated(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    assert_int_equal(ask(&scene, "/stale").outcome, HTTP_REPLIED);

    struct kept kept = ask(&scene, "/stale");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_string_equal(kept.detail, "kept-alive connection ended without a reply");
    assert_int_equal(loopback_server_requests(scene.server), 2);
    scene_close(&scene);
}

static void it_is_lost_also_where_no_further_connection_can_be_had(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    assert_int_equal(ask(&scene, "/vanish").outcome, HTTP_REPLIED);

    struct kept kept = ask(&scene, "/vanish");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_int_equal(loopback_server_requests(scene.server), 2);
    scene_close(&scene);
}

static void a_kept_connection_closed_between_requests_harms_none(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);

    for (size_t i = 1; i <= 5; i++) {
        assert_int_equal(ask(&scene, "/last").outcome, HTTP_REPLIED);
        wait_for(loopback_server_closed, scene.server, i);
    }

    assert_int_equal(loopback_server_accepted(scene.server), 5);
    assert_int_equal(loopback_server_requests(scene.server), 5);
    scene_close(&scene);
}

/* `words` and then a number of ms that is no less than `least` and far from the ten seconds of the usual settings. */
static void assert_took(const struct kept *kept, const char *words, long least)
{
    size_t len = strlen(words);
    assert_memory_equal(kept->detail, words, len);
    long ms = strtol(kept->detail + len, NULL, 10);
    assert_in_range(ms, least, 9000);
}

static void no_reply_in_time_is_lost(void **state)
{
    (void)state;
    struct http_settings hasty = usual;
    hasty.timeout_ms = 100;
    struct scene scene = scene_open(NULL, &hasty);

    struct kept kept = ask(&scene, "/silent");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_took(&kept, "timed out after ", 100);
    scene_close(&scene);
}

static void a_reply_that_dribbles_is_lost_when_time_is_up(void **state)
{
    (void)state;
    struct http_settings hasty = usual;
    hasty.timeout_ms = 150;
    struct scene scene = scene_open(NULL, &hasty);

    struct kept kept = ask(&scene, "/dribble");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_took(&kept, "timed out after ", 150);
    scene_close(&scene);
}

static void no_connection_in_time_is_unsent(void **state)
{
    (void)state;
    struct http_settings hasty = usual;
    hasty.connect_timeout_ms = 100;
    struct scene scene = scene_open(NULL, &hasty); /* its plain server never answers a TLS client */

    struct kept kept = ask_by(&scene, "https", "/ok");

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_took(&kept, "no connection after ", 100);
    scene_close(&scene);
}

static void what_is_in_flight_at_the_close_is_freed(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    static struct kept kept[100];
    (void)ask(&scene, "/ok");

    for (size_t i = 0; i < 100; i++)
        post_to(&scene, &kept[i], "http", i % 2 ? "/silent" : "/dribble");
    struct http_reply replies[REPLIES_MAX];
    for (ms_t end = now_ms() + DEADLINE_MS; loopback_server_requests(scene.server) < 50;) {
        assert_true(now_ms() < end);
        assert_int_equal(http_take(scene.http, replies, REPLIES_MAX), 0);
    }

    scene_close(&scene);
}

/* Certificates: [0] is for this host, [1] for another one. */
static char certificates[2][64];

static void the_right_ca_is_enough(void **state)
{
    (void)state;
    struct http_settings trusting = usual;
    trusting.ca_file = certificates[0];
    struct scene scene = scene_open(certificates[0], &trusting);

    for (int i = 0; i < 5; i++)
        assert_string_equal(ask_by(&scene, "https", "/echo").body, "{\"code\":\"SECRET\"}");

    assert_int_equal(loopback_server_accepted(scene.server), 1);
    scene_close(&scene);
}

static void an_unknown_ca_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(certificates[0], &usual);

    struct kept kept = ask_by(&scene, "https", "/ok");

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_string_equal(kept.detail, "certificate refused: its issuer is not trusted");
    assert_int_equal(loopback_server_requests(scene.server), 0);
    scene_close(&scene);
}

static void a_certificate_for_another_host_is_unsent(void **state)
{
    (void)state;
    struct http_settings trusting = usual;
    trusting.ca_file = certificates[1];
    struct scene scene = scene_open(certificates[1], &trusting);

    struct kept kept = ask_by(&scene, "https", "/ok");

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_string_equal(kept.detail, "certificate refused: it is not for this host");
    assert_int_equal(loopback_server_requests(scene.server), 0);
    scene_close(&scene);
}

/* libcurl 7.88 by itself takes such a connection for alive. */
static void a_kept_tls_connection_closed_between_requests_harms_none(void **state)
{
    (void)state;
    struct http_settings trusting = usual;
    trusting.ca_file = certificates[0];
    struct scene scene = scene_open(certificates[0], &trusting);

    for (size_t i = 1; i <= 5; i++) {
        assert_int_equal(ask_by(&scene, "https", "/last").outcome, HTTP_REPLIED);
        wait_for(loopback_server_closed, scene.server, i);
    }

    assert_int_equal(loopback_server_requests(scene.server), 5);
    scene_close(&scene);
}

static void a_ca_file_that_cannot_be_read_is_a_wrong_setting(void **state)
{
    (void)state;
    struct http_settings wrong = usual;
    wrong.ca_file = "/nonexistent/ca.pem";
    struct http *http = NULL;
    struct err err;

    assert_false(http_open(&http, &wrong, &err));

    assert_int_equal(err.kind, ERR_CONFIG);
    assert_null(http);
}

static bool check(const struct scene *scene, const char *scheme,
                  const struct http_settings *settings, struct err *err)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d/status/404", scheme,
                   loopback_server_port(scene->server));
    return http_check(url, settings, err);
}

static void a_check_is_content_with_any_status(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &usual);
    struct err err;

    assert_true(check(&scene, "http", &usual, &err));

    scene_close(&scene);
}

static void a_check_tells_an_unreachable_host(void **state)
{
    (void)state;
    struct err err;

    assert_false(http_check("http://127.0.0.1:1/", &usual, &err));

    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "host unreachable: could not connect: Connection refused");
}

static void a_check_tells_a_refused_certificate(void **state)
{
    (void)state;
    struct scene scene = scene_open(certificates[0], &usual);
    struct err err;

    assert_false(check(&scene, "https", &usual, &err));

    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "certificate refused: its issuer is not trusted");
    scene_close(&scene);
}

static int make_certificates(void **state)
{
    (void)state;
    static const char *const names[] = {"IP:127.0.0.1", "DNS:host.test"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(certificates[i], sizeof(certificates[i]), "/tmp/test_http.XXXXXX");
        int fd = mkstemp(certificates[i]);
        assert_true(fd >= 0);
        (void)close(fd);
        loopback_certificate_write(certificates[i], names[i]);
    }
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        (void)unlink(certificates[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_comes_back_with_its_status_and_body),
        cmocka_unit_test(a_status_of_5xx_is_a_reply),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(an_empty_body_is_a_reply),
        cmocka_unit_test(a_reply_of_just_the_limit_is_whole),
        cmocka_unit_test(a_longer_reply_is_cut_there_and_the_connection_stays_good),
        cmocka_unit_test(requests_share_a_kept_connection),
        cmocka_unit_test(a_thousand_at_once_all_come_back_and_leave_their_connections),
        cmocka_unit_test(until_the_name_is_known_there_is_room_for_few),
        cmocka_unit_test(a_name_that_does_not_exist_is_unsent),
        cmocka_unit_test(a_refused_connection_is_unsent),
        cmocka_unit_test(an_unsent_request_after_a_good_one_is_unsent),
        cmocka_unit_test(another_protocol_is_unsent),
        cmocka_unit_test(an_end_of_the_connection_before_the_reply_is_lost),
        cmocka_unit_test(a_reset_in_mid_body_is_lost),
        cmocka_unit_test(a_request_that_a_kept_connection_died_of_is_lost_and_not_repeated),
        cmocka_unit_test(it_is_lost_also_where_no_further_connection_can_be_had),
        cmocka_unit_test(a_kept_connection_closed_between_requests_harms_none),
        cmocka_unit_test(no_reply_in_time_is_lost),
        cmocka_unit_test(a_reply_that_dribbles_is_lost_when_time_is_up),
        cmocka_unit_test(no_connection_in_time_is_unsent),
        cmocka_unit_test(what_is_in_flight_at_the_close_is_freed),
        cmocka_unit_test(the_right_ca_is_enough),
        cmocka_unit_test(an_unknown_ca_is_unsent),
        cmocka_unit_test(a_certificate_for_another_host_is_unsent),
        cmocka_unit_test(a_kept_tls_connection_closed_between_requests_harms_none),
        cmocka_unit_test(a_ca_file_that_cannot_be_read_is_a_wrong_setting),
        cmocka_unit_test(a_check_is_content_with_any_status),
        cmocka_unit_test(a_check_tells_an_unreachable_host),
        cmocka_unit_test(a_check_tells_a_refused_certificate),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
