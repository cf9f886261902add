#include "io/address.h"

#include "test.h"

#include <unistd.h>

static void one_who_asks_on_this_machine_finds_every_address(void **state)
{
    (void)state;
    static const struct {
        const char *address, *url;
    } cases[] = {
        {"127.0.0.1:9464", "http://127.0.0.1:9464/readyz"},
        {"localhost:80", "http://localhost:80/readyz"},
        {"0.0.0.0:9464", "http://127.0.0.1:9464/readyz"},
        {"[::]:9464", "http://[::1]:9464/readyz"},
        {"[::1]:9464", "http://[::1]:9464/readyz"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char bytes[128];
        struct text url = TEXT_IN(bytes);

        address_local_url(&url, cases[i].address, "/readyz");

        assert_string_equal(text_terminated(&url), cases[i].url);
    }
}

static void an_address_that_is_not_ours_is_named(void **state)
{
    (void)state;
    struct err err;

    assert_int_equal(address_listen("192.0.2.1:9464", 1, &err), -1);

    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "\"192.0.2.1:9464\""));
}

static void an_address_can_be_listened_on_by_name(void **state)
{
    (void)state;
    struct err err;

    int fd = address_listen("localhost:0", 1, &err);

    assert_true(fd >= 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_who_asks_on_this_machine_finds_every_address),
        cmocka_unit_test(an_address_that_is_not_ours_is_named),
        cmocka_unit_test(an_address_can_be_listened_on_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
