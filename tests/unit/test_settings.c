#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings/file.h"
#include "settings/print.h"
#include "settings/load.h"

enum { PATH_BYTES = 64 };

struct fixture {
    struct settings settings;
    struct problems problems;
    struct err err;
    bool loaded;
};

static void load(struct fixture *f, const struct settings_sources *sources)
{
    f->loaded = settings_load(&f->settings, &f->problems, sources, &f->err);
}

static void load_option(struct fixture *f, const char *option)
{
    load(f, &(struct settings_sources){.options = &option, .option_count = 1});
}

static void load_variable(struct fixture *f, const char *variable)
{
    const char *environment[] = {variable, NULL};
    load(f, &(struct settings_sources){.environment = environment});
}

static void done(struct fixture *f)
{
    problems_done(&f->problems);
    settings_done(&f->settings);
}

/* Writes a settings file with this content. The caller removes it. */
static void write_file(char path[PATH_BYTES], const char *content)
{
    snprintf(path, PATH_BYTES, "/tmp/test_settings.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static const char *property(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->kafka_property_count; i++)
        if (strcmp(settings->kafka_properties[i].name, name) == 0)
            return settings->kafka_properties[i].value;
    return NULL;
}

static void nothing_given_gives_the_defaults(void **state)
{
    (void)state;
    struct fixture f;

    load(&f, &(struct settings_sources){0});

    assert_true(f.loaded);
    assert_string_equal(f.settings.component_appid, "");
    assert_string_equal(f.settings.topics_refresh_due, "refresh-due");
    assert_string_equal(f.settings.wechat_base_url, "https://api.weixin.qq.com");
    assert_int_equal(f.settings.worker_in_flight_max, 1000);
    assert_int_equal(f.settings.worker_give_up_after_ms, 86400000);
    assert_false(f.settings.token_updated_include_access_token);
    assert_int_equal(f.settings.log_level, LEVEL_INFO);
    assert_int_equal(f.settings.log_format, FORMAT_LOGFMT);
    assert_string_equal(property(&f.settings, "group.id"), "wxtoken");
    assert_string_equal(property(&f.settings, "auto.offset.reset"), "earliest");
    assert_null(property(&f.settings, "bootstrap.servers"));
    done(&f);
}

static void an_option_goes_before_the_environment_before_the_file(void **state)
{
    (void)state;
    char path[PATH_BYTES];
    write_file(path, "log.level = error\nlog.format = json\nkafka.group.id = "
                     "from-file\nworker.in_flight_max = 7\n");
    const char *environment[] = {"WXTOKEN_LOG_LEVEL=warn", "WXTOKEN_LOG_FORMAT=logfmt", "HOME=/",
                                 NULL};
    const char *options[] = {"log.level=info", "log.level=debug"};
    struct fixture f;

    load(&f, &(struct settings_sources){options, 2, path, environment, NEED_NOTHING});

    assert_true(f.loaded);
    assert_int_equal(f.settings.log_level, LEVEL_DEBUG);
    assert_int_equal(f.settings.log_format, FORMAT_LOGFMT);
    assert_int_equal(f.settings.worker_in_flight_max, 7);
    assert_string_equal(property(&f.settings, "group.id"), "from-file");
    done(&f);
    unlink(path);
}

static void only_the_value_in_force_is_checked(void **state)
{
    (void)state;
    const char *environment[] = {"WXTOKEN_LOG_LEVEL=loud", NULL};
    const char *options[] = {"log.level=error"};
    struct fixture f;

    load(&f, &(struct settings_sources){options, 1, NULL, environment, NEED_NOTHING});

    assert_true(f.loaded);
    assert_int_equal(f.settings.log_level, LEVEL_ERROR);
    done(&f);
}

static void any_kafka_variable_is_a_property(void **state)
{
    (void)state;
    struct fixture f;

    load_variable(&f, "WXTOKEN_KAFKA_BOOTSTRAP_SERVERS=a:9092,b:9092");

    assert_true(f.loaded);
    assert_string_equal(property(&f.settings, "bootstrap.servers"), "a:9092,b:9092");
    done(&f);
}

static void what_kubernetes_injects_is_warned_about_and_ignored(void **state)
{
    (void)state;
    static const char *const injected[] = {
        "WXTOKEN_KAFKA_PORT=tcp://10.0.0.1:9092",
        "WXTOKEN_KAFKA_SERVICE_HOST=10.0.0.1",
        "WXTOKEN_KAFKA_SERVICE_PORT_CLIENTS=9092",
        "WXTOKEN_KAFKA_PORT_9092_TCP=tcp://10.0.0.1:9092",
        "WXTOKEN_KAFKA_BOOTSTRAP_PORT_9092_TCP_ADDR=10.0.0.1",
        "WXTOKEN_PORT=tcp://10.0.0.1:80",
        "WXTOKEN_POSTGRES_SERVICE_HOST=10.0.0.1",
        "WXTOKEN_KAFKA_=x",
        "WXTOKEN_KAFKA_lower=x",
    };
    for (size_t i = 0; i < COUNT_OF(injected); i++) {
        struct fixture f;

        load_variable(&f, injected[i]);

        assert_true(f.loaded);
        assert_int_equal(f.problems.warnings.count, 1);
        assert_int_equal(f.settings.kafka_property_count, 2);
        done(&f);
    }
}

static void every_wrong_setting_is_reported_at_once(void **state)
{
    (void)state;
    char path[PATH_BYTES];
    write_file(path,
               "worker.in_flight_max = 0\nno equals sign\nunknown.key = secret1\nkafka.acks = 1\n");
    const char *options[] = {"log.level=loud", "postgres.pasword=secret2"};
    struct fixture f;

    load(&f, &(struct settings_sources){options, 2, path, NULL, NEED_KAFKA});

    assert_false(f.loaded);
    assert_int_equal(f.err.kind, ERR_CONFIG);
    const char *const expected[] = {
        "file, line 2: allowed are \"key = value\" and \"# comment\"",
        "file, line 3: there is no setting \"unknown.key\"",
        "kafka.acks: may not be set: an announcement counts once all replicas have it",
        "there is no setting \"postgres.pasword\"",
        "worker.in_flight_max = \"0\" (file, line 1): allowed is 1 to 100000",
        "log.level = \"loud\" (option): allowed is debug, info, warn, error",
        "kafka.bootstrap.servers = \"\" (default): allowed is HOST:PORT, more behind commas",
    };
    assert_int_equal(f.problems.wrongs.count, COUNT_OF(expected));
    for (size_t i = 0; i < f.problems.wrongs.count; i++)
        assert_string_equal(f.problems.wrongs.at[i], expected[i]);
    done(&f);
    unlink(path);
}

static void values_that_are_not_allowed_are_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "component.appid=wx 1",
        "topics.refresh_due=",
        "topics.refresh_due=a/b",
        "topics.refresh_due=..",
        "topics.dead_letter_suffix=",
        "topics.refresh_due=token-updated",
        "topics.refresh_due=token-updated.dlq",
        "topics.token_updated=refresh-due.dlq",
        "wechat.base_url=api.weixin.qq.com",
        "wechat.base_url=https://",
        "wechat.base_url=https://h/?a=b",
        "wechat.base_url=https://u@h",
        "wechat.base_url=https://h:0",
        "wechat.base_url=ftp://h",
        "wechat.token_parameter=",
        "wechat.token_parameter=a-b",
        "wechat.timeout_ms=0",
        "wechat.timeout_ms=5s",
        "wechat.timeout_ms=",
        "worker.in_flight_max=100001",
        "worker.drain_timeout_ms=-1",
        "token_updated.include_access_token=yes",
        "admin.listen=9464",
        "admin.listen=h:0",
        "admin.listen=h:65536",
        "admin.listen=[::1]",
        "admin.listen=:9464",
        "log.level=INFO",
        "log.format=text",
        "kafka.group.id=",
        "kafka.partitioner=random",
        "kafka.request.required.acks=0",
        "kafka.=x",
        "kafka=x",
        "no-equals",
        "=x",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct fixture f;
        load_option(&f, wrong[i]);
        if (f.loaded || f.problems.wrongs.count != 1)
            fail_msg("\"%s\" gave %zu problems", wrong[i], f.problems.wrongs.count);
        done(&f);
    }
}

static void values_that_are_allowed_are_taken(void **state)
{
    (void)state;
    static const char *const right[] = {
        "component.appid=wx_-1",
        "component.appid=",
        "topics.refresh_due=a.b_c-D",
        "wechat.base_url=http://[::1]:80",
        "wechat.base_url=http://127.0.0.1:8080/stub",
        "admin.listen=",
        "admin.listen=[::]:1",
        "log.format=json",
        "admin.listen=0.0.0.0:65535",
        "wechat.token_parameter=component_access_token",
        "worker.drain_timeout_ms=0",
        "token_updated.include_access_token=true",
        "kafka.sasl.password=",
        "kafka.group.id=a=b",
    };
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        struct fixture f;
        load_option(&f, right[i]);
        if (!f.loaded || f.problems.warnings.count != 0)
            fail_msg("\"%s\" is not taken: %s", right[i],
                     f.problems.wrongs.count ? f.problems.wrongs.at[0] : "warning");
        done(&f);
    }
}

static void a_url_loses_the_slashes_at_its_end(void **state)
{
    (void)state;
    struct fixture f;

    load_option(&f, "wechat.base_url=https://h/x//");

    assert_true(f.loaded);
    assert_string_equal(f.settings.wechat_base_url, "https://h/x");
    done(&f);
}

static void plain_http_off_loopback_is_warned_about(void **state)
{
    (void)state;
    struct fixture f;

    load_option(&f, "wechat.base_url=http://127.0.0.1.example.com");

    assert_true(f.loaded);
    assert_int_equal(f.problems.warnings.count, 1);
    done(&f);
}

static void a_file_that_is_missing_is_wrong(void **state)
{
    (void)state;
    struct fixture f;

    load(&f, &(struct settings_sources){.file = "/nonexistent/conf"});

    assert_false(f.loaded);
    assert_string_equal(f.problems.wrongs.at[0],
                        "could not open \"/nonexistent/conf\": No such file or directory");
    done(&f);
}

static void a_secret_in_the_file_survives_whatever_its_marks(void **state)
{
    (void)state;
    char content[4096], path[PATH_BYTES];
    int len = snprintf(
        content, sizeof(content),
        "\xef\xbb\xbf# c\r\n\n  #d\n kafka.a.b\t=  x;y ;z #q=\"'\\ \r\nkafka.long=%01000d", 1);
    assert_true(len > 1000);
    write_file(path, content);
    struct fixture f;

    load(&f, &(struct settings_sources){.file = path});

    assert_true(f.loaded);
    assert_string_equal(property(&f.settings, "a.b"), "x;y ;z #q=\"'\\");
    assert_int_equal(strlen(property(&f.settings, "long")), 1000);
    done(&f);
    unlink(path);
}

static void a_nul_in_the_file_makes_its_line_wrong(void **state)
{
    (void)state;
    struct file_cursor cursor = file_cursor_of(STR("a = b\0c\n= x\nk ="));
    struct str key, value;

    assert_int_equal(file_next(&cursor, &key, &value), FILE_WRONG);
    assert_int_equal(file_next(&cursor, &key, &value), FILE_WRONG);
    assert_int_equal(file_next(&cursor, &key, &value), FILE_PAIR);
    assert_int_equal(value.len, 0);
    assert_int_equal(cursor.line, 3);
    assert_int_equal(file_next(&cursor, &key, &value), FILE_END);
}

/* The caller frees it. */
static char *printed_of(const struct settings *settings)
{
    char *printed = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&printed, &len);
    settings_print(settings, out);
    fclose(out);
    return printed;
}

static void no_secret_is_printed(void **state)
{
    (void)state;
    const char *options[] = {"postgres.url=postgresql://u:s3cr3t@h", "kafka.sasl.password=s3cr3t"};
    struct fixture f;
    load(&f, &(struct settings_sources){.options = options, .option_count = 2});

    char *printed = printed_of(&f.settings);

    assert_null(strstr(printed, "s3cr3t"));
    assert_non_null(strstr(printed, "postgresql://u:***@h"));
    assert_non_null(strstr(printed, "kafka.sasl.password"));
    free(printed);
    done(&f);
}

static void a_key_stays_on_its_line(void **state)
{
    (void)state;
    const char *options[] = {"a\033[2Jb=1", "kafka.a\nb=1"};
    struct fixture f;
    load(&f, &(struct settings_sources){.options = options, .option_count = 2});

    char *printed = printed_of(&f.settings);

    assert_string_equal(f.problems.wrongs.at[0], "there is no setting \"a?[2Jb\"");
    assert_non_null(strstr(printed, "kafka.a?b "));
    free(printed);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_gives_the_defaults),
        cmocka_unit_test(an_option_goes_before_the_environment_before_the_file),
        cmocka_unit_test(only_the_value_in_force_is_checked),
        cmocka_unit_test(any_kafka_variable_is_a_property),
        cmocka_unit_test(what_kubernetes_injects_is_warned_about_and_ignored),
        cmocka_unit_test(every_wrong_setting_is_reported_at_once),
        cmocka_unit_test(values_that_are_not_allowed_are_wrong),
        cmocka_unit_test(values_that_are_allowed_are_taken),
        cmocka_unit_test(a_url_loses_the_slashes_at_its_end),
        cmocka_unit_test(plain_http_off_loopback_is_warned_about),
        cmocka_unit_test(a_file_that_is_missing_is_wrong),
        cmocka_unit_test(a_secret_in_the_file_survives_whatever_its_marks),
        cmocka_unit_test(a_nul_in_the_file_makes_its_line_wrong),
        cmocka_unit_test(no_secret_is_printed),
        cmocka_unit_test(a_key_stays_on_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
