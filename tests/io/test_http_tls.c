#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/http_scene.h"
#include "io/loopback_certificate.h"

/* [0] is for this host, [1] for another host. */
static char certificates[2][64];

static void the_right_ca_is_enough(void **state)
{
    (void)state;
    struct http_settings trusting = http_usual;
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
    struct scene scene = scene_open(certificates[0], &http_usual);

    struct kept kept = ask_by(&scene, "https", "/ok");

    assert_int_equal(kept.outcome, HTTP_UNSENT);
    assert_string_equal(kept.detail, "certificate refused: its issuer is not trusted");
    assert_int_equal(loopback_server_requests(scene.server), 0);
    scene_close(&scene);
}

static void a_certificate_for_another_host_is_unsent(void **state)
{
    (void)state;
    struct http_settings trusting = http_usual;
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
    struct http_settings trusting = http_usual;
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
    struct http_settings wrong = http_usual;
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
    struct scene scene = scene_open(NULL, &http_usual);
    struct err err;

    assert_true(check(&scene, "http", &http_usual, &err));

    scene_close(&scene);
}

static void a_check_tells_an_unreachable_host(void **state)
{
    (void)state;
    struct err err;

    assert_false(http_check("http://127.0.0.1:1/", &http_usual, &err));

    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "host unreachable: could not connect: Connection refused");
}

static void a_check_tells_a_refused_certificate(void **state)
{
    (void)state;
    struct scene scene = scene_open(certificates[0], &http_usual);
    struct err err;

    assert_false(check(&scene, "https", &http_usual, &err));

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
