#include "test.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "io/http_scene.h"

/* Posts to /silent, and waits until nothing more can be meant by "at once". */
static void ask_in_vain(const struct scene *scene, struct kept *kept)
{
    post_to(scene, kept, "http", "/silent");
    for (ms_t end = clock_monotonic_ms() + 1100; clock_monotonic_ms() < end;) {
        struct http_reply reply;
        struct pollfd wait = {.fd = http_fd(scene->http), .events = POLLIN};
        assert_true(poll(&wait, 1, 100) >= 0);
        assert_int_equal(http_take(scene->http, &reply, 1), 0);
    }
}

/* The detail is `words` and a number of ms that is near the hasty settings and far from the usual
 * ones. */
static void assert_took(const struct kept *kept, const char *words)
{
    size_t len = strlen(words);
    assert_memory_equal(kept->detail, words, len);
    long ms = strtol(kept->detail + len, NULL, 10);
    assert_in_range(ms, 50, 9000);
}

static void a_name_that_does_not_exist_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    struct kept kept = {0};

    http_send(scene.http, &kept, STR("http://nobody.invalid/SECRET"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_null(strstr(kept.detail, "SECRET"));
    assert_int_equal(http_room(scene.http), 64);
    scene_close(&scene);
}

static void a_refused_connection_is_unsent(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
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
    struct http_settings one = http_usual;
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
    struct scene scene = scene_open(NULL, &http_usual);
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
    struct scene scene = scene_open(NULL, &http_usual);

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ask(&scene, paths[i]).outcome, HTTP_LOST);

    assert_int_equal(loopback_server_requests(scene.server), 2);
    scene_close(&scene);
}

static void a_reset_in_mid_body_is_lost(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);

    struct kept kept = ask(&scene, "/cut");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_int_equal(kept.body_len, 0);
    assert_int_not_equal(kept.detail[0], '\0');
    scene_close(&scene);
}

static void a_request_that_a_kept_connection_died_of_is_lost_and_not_repeated(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
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
    struct scene scene = scene_open(NULL, &http_usual);
    assert_int_equal(ask(&scene, "/vanish").outcome, HTTP_REPLIED);

    struct kept kept = ask(&scene, "/vanish");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_int_equal(loopback_server_requests(scene.server), 2);
    scene_close(&scene);
}

static void only_what_ends_a_kept_connection_at_once_cannot_act_late(void **state)
{
    (void)state;
    static const struct {
        const char *first, *path; /* first: "" for a new connection */
        bool may_act_late;
    } cases[] = {
        {"", "/reset", true},          {"", "/fin", true},       {"", "/cut", true},
        {"/stale", "/stale", false},   {"/ok", "/reset", false}, {"/ok", "/fin", false},
        {"/vanish", "/vanish", false}, {"/ok", "/cut", true},    {"/ok", "/silent", true},
        {"/ok", "/dribble", true},     {"/ok", "/ok", false},    {"/ok", "/status/502", false},
    };
    struct http_settings hasty = http_usual;
    hasty.timeout_ms = 600;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scene scene = scene_open(NULL, &hasty);
        if (*cases[i].first)
            assert_int_equal(ask(&scene, cases[i].first).outcome, HTTP_REPLIED);

        struct kept kept = ask(&scene, cases[i].path);

        if (kept.may_act_late != cases[i].may_act_late)
            fail_msg("%s after \"%s\": may_act_late %d", cases[i].path, cases[i].first,
                     kept.may_act_late);
        scene_close(&scene);
    }
}

static void a_kept_connection_that_ends_after_a_second_may_act_late(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    struct kept kept = {0};
    assert_int_equal(ask(&scene, "/ok").outcome, HTTP_REPLIED);
    ask_in_vain(&scene, &kept);

    loopback_server_stop(scene.server);
    scene.server = NULL;
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_string_equal(kept.detail, "could not connect: Connection refused");
    assert_true(kept.may_act_late);
    scene_close(&scene);
}

static void what_was_not_sent_cannot_act_late(void **state)
{
    (void)state;
    struct scene scene = scene_open(NULL, &http_usual);
    struct kept kept = {0};

    http_send(scene.http, &kept, STR("http://127.0.0.1:1/SECRET"), STR("{}"));
    take_all(scene.http, 1);

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_false(kept.may_act_late);
    scene_close(&scene);
}

static void no_reply_in_time_is_lost(void **state)
{
    (void)state;
    struct http_settings hasty = http_usual;
    hasty.timeout_ms = 100;
    struct scene scene = scene_open(NULL, &hasty);

    struct kept kept = ask(&scene, "/silent");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_took(&kept, "timed out after ");
    scene_close(&scene);
}

static void a_reply_that_dribbles_is_lost_when_time_is_up(void **state)
{
    (void)state;
    struct http_settings hasty = http_usual;
    hasty.timeout_ms = 150;
    struct scene scene = scene_open(NULL, &hasty);

    struct kept kept = ask(&scene, "/dribble");

    assert_int_equal(kept.outcome, HTTP_LOST);
    assert_took(&kept, "timed out after ");
    scene_close(&scene);
}

static void no_connection_in_time_is_unsent(void **state)
{
    (void)state;
    struct http_settings hasty = http_usual;
    hasty.connect_timeout_ms = 100;
    struct scene scene = scene_open(NULL, &hasty); /* its plain server never answers a TLS client */

    struct kept kept = ask_by(&scene, "https", "/ok");

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_took(&kept, "no connection after ");
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_does_not_exist_is_unsent),
        cmocka_unit_test(a_refused_connection_is_unsent),
        cmocka_unit_test(an_unsent_request_after_a_good_one_is_unsent),
        cmocka_unit_test(another_protocol_is_unsent),
        cmocka_unit_test(an_end_of_the_connection_before_the_reply_is_lost),
        cmocka_unit_test(a_reset_in_mid_body_is_lost),
        cmocka_unit_test(a_request_that_a_kept_connection_died_of_is_lost_and_not_repeated),
        cmocka_unit_test(it_is_lost_also_where_no_further_connection_can_be_had),
        cmocka_unit_test(only_what_ends_a_kept_connection_at_once_cannot_act_late),
        cmocka_unit_test(a_kept_connection_that_ends_after_a_second_may_act_late),
        cmocka_unit_test(what_was_not_sent_cannot_act_late),
        cmocka_unit_test(no_reply_in_time_is_lost),
        cmocka_unit_test(a_reply_that_dribbles_is_lost_when_time_is_up),
        cmocka_unit_test(no_connection_in_time_is_unsent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
