#include "test.h"

#include <string.h>

#include "io/clock.h"
#include "io/http_scene.h"

/* The server answers no request before it has all of them. */
static void ask_a_thousand(const struct scene *scene, struct kept *kept)
{
    const size_t count = IN_FLIGHT_MAX;
    memset(kept, 0, count * sizeof(*kept));
    size_t sent = 0;
    for (size_t taken = 0; taken < count; taken += take_some(scene->http))
        for (; sent < count && http_room(scene->http) > 0; sent++)
            post_to(scene, &kept[sent], "http", "/gather/1000");
}

static void a_reply_comes_back_with_its_status_and_body(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

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
    struct scene scene = scene_open(NULL, &http_usual);

    struct kept kept = ask(&scene, "/status/502");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.status, 502);
    assert_string_equal(kept.body, "{\"ok\":1}");
    scene_close(&scene);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

    struct kept kept = ask(&scene, "/status/302");

    assert_int_equal(kept.status, 302);
    assert_int_equal(loopback_server_requests(scene.server), 1);
    scene_close(&scene);
}

static void an_empty_body_is_a_reply(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

    struct kept kept = ask(&scene, "/empty");

    assert_int_equal(kept.outcome, HTTP_REPLIED);
    assert_int_equal(kept.status, 200);
    assert_int_equal(kept.body_len, 0);
    scene_close(&scene);
}

static void a_reply_of_just_the_limit_is_whole(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

    struct kept kept = ask(&scene, "/big/4096");

    assert_int_equal(kept.body_len, BODY_MAX);
    assert_false(kept.is_cut);
    scene_close(&scene);
}

static void a_longer_reply_is_cut_there_and_the_connection_stays_good(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

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
    struct scene scene = scene_open(NULL, &http_usual);

    for (int i = 0; i < 50; i++)
        assert_int_equal(ask(&scene, "/ok").outcome, HTTP_REPLIED);

    assert_int_equal(loopback_server_accepted(scene.server), 1);
    scene_close(&scene);
}

static void a_thousand_at_once_all_come_back_and_leave_their_connections(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    static struct kept kept[IN_FLIGHT_MAX];

    for (int round = 0; round < 3; round++)
        ask_a_thousand(&scene, kept);

    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        assert_int_equal(kept[i].times, 1);
        assert_int_equal(kept[i].outcome, HTTP_REPLIED);
        assert_string_equal(kept[i].body, "{\"ok\":1}");
    }
    assert_int_equal(loopback_server_accepted(scene.server), IN_FLIGHT_MAX);
    assert_int_equal(loopback_server_closed(scene.server), 0);
    scene_close(&scene);
}

static void few_may_be_without_a_connection_at_once(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    static struct kept kept[64];

    assert_int_equal(http_room(scene.http), 64);
    for (size_t i = 0; i < 64; i++)
        post_to(&scene, &kept[i], "http", "/ok");
    assert_int_equal(http_room(scene.http), 0);
    take_all(scene.http, 64);

    assert_int_equal(http_room(scene.http), 64);
    scene_close(&scene);
}

static void a_kept_connection_closed_between_requests_harms_none(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

    for (size_t i = 1; i <= 5; i++) {
        assert_int_equal(ask(&scene, "/last").outcome, HTTP_REPLIED);
        wait_for(loopback_server_closed, scene.server, i);
    }

    assert_int_equal(loopback_server_accepted(scene.server), 5);
    assert_int_equal(loopback_server_requests(scene.server), 5);
    scene_close(&scene);
}

static void what_is_in_flight_at_the_close_is_freed(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    static struct kept kept[60];
    (void)ask(&scene, "/ok");

    for (size_t i = 0; i < 60; i++)
        post_to(&scene, &kept[i], "http", i % 2 ? "/silent" : "/dribble");
    struct http_reply reply;
    for (ms_t end = clock_monotonic_ms() + DEADLINE_MS;
         loopback_server_requests(scene.server) < 30;) {
        assert_true(clock_monotonic_ms() < end);
        assert_int_equal(http_take(scene.http, &reply, 1), 0);
    }

    scene_close(&scene);
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
        cmocka_unit_test(few_may_be_without_a_connection_at_once),
        cmocka_unit_test(a_kept_connection_closed_between_requests_harms_none),
        cmocka_unit_test(what_is_in_flight_at_the_close_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
