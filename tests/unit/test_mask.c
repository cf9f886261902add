#include "test.h"

#include "settings/mask.h"

static void a_value_is_shown_without_its_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *shown;
    } cases[] = {
        {"postgres.url", "host=h password=secret dbname=d", "host=h password=*** dbname=d"},
        {"postgres.url", "PassWord = 'se cr\\'et' host=h", "PassWord = *** host=h"},
        {"postgres.url", "password='secret", "password=***"},
        {"postgres.url", "password=se\\ cret host=h", "password=*** host=h"},
        {"postgres.url", "password=", "password=***"},
        {"postgres.url", "password\v=\n secret\fhost=h", "password?=? ***?host=h"},
        {"postgres.url", "host=h user=u", "host=h user=u"},
        {"postgres.url", "host=h password=secret options=a://b",
         "host=h password=*** options=a://b"},
        {"postgres.url", "postgresql://u:secret@h:5432/d", "postgresql://u:***@h:5432/d"},
        {"postgres.url", "postgresql://u:se@cr/et?@h/d", "postgresql://u:***@h/d"},
        {"postgres.url", "postgresql://h:5432/d", "postgresql://h:5432/d"},
        {"postgres.url", "postgresql://h/d?password=secret&sslpassword=secret&a=b",
         "postgresql://h/d?password=***&sslpassword=***&a=b"},
        {"postgres.url", "postgresql://h/d?%70assw%6Frd=secret&sslp%41ssword=secret&a=%",
         "postgresql://h/d?%70assw%6Frd=***&sslp%41ssword=***&a=%"},
        {"postgres.url", "postgresql://u@h:5432/d?password=a@secret&a=b",
         "postgresql://u@h:***&a=b"},
        {"postgres.url", "postgresql://u:a@h/d?sslpassword=@secret", "postgresql://u:***"},
        {"postgres.url", "postgresql://u@h/d?password=secret:a@b",
         "postgresql://u@h/d?password=******"},
        {"wechat.base_url", "https://u:secret@h", "https://u:***@h"},
        {"kafka.sasl.password", "secret", "***"},
        {"kafka.ssl.key.pem", "secret", "***"},
        {"kafka.sasl.passwrod", "secret", "***"},
        {"kafka.sasl.oauthbearer.client.secret", "secret", "***"},
        {"kafka.sasl.oauthbearer.config", "secret", "***"},
        {"kafka.sasl.password", "", ""},
        {"kafka.client.id", "a\nb", "a?b"},
        {"unknown.key", "secret", "***"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char bytes[256];
        struct text shown = TEXT_IN(bytes);
        mask_value(&shown, str_of(cases[i].key), str_of(cases[i].value));
        assert_string_equal(text_terminated(&shown), cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_shown_without_its_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
