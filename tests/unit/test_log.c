#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static const struct log_head head = {
    .wall_ms = 1770000000042, .level = LEVEL_INFO, .msg = "token stored"};

struct bytes {
    char at[LOG_LINE_MAX + 1];
};

static const char *line_of(struct bytes *bytes, enum log_format format,
                           const struct log_field *fields, size_t count)
{
    struct text line = {.at = bytes->at, .max = LOG_LINE_MAX + 1};
    log_format_line(&line, format, &head, fields, count);
    assert_true(line.len <= LOG_LINE_MAX);
    assert_int_equal(line.at[line.len - 1], '\n');
    return text_terminated(&line);
}

static void a_line_holds_time_level_message_fields(void **state)
{
    (void)state;
    const struct log_field fields[] = {LOG_TEXT("authorizer", "wx1"), LOG_INT("version", -3),
                                       LOG_BOOL("again", true)};
    struct bytes bytes;

    assert_string_equal(line_of(&bytes, FORMAT_LOGFMT, fields, 3),
                        "ts=2026-02-02T02:40:00.042Z level=info msg=\"token stored\" "
                        "authorizer=wx1 version=-3 again=true\n");
    assert_string_equal(
        line_of(&bytes, FORMAT_JSON, fields, 3),
        "{\"ts\":\"2026-02-02T02:40:00.042Z\",\"level\":\"info\",\"msg\":\"token stored\","
        "\"authorizer\":\"wx1\",\"version\":-3,\"again\":true}\n");
}

static void values_are_escaped(void **state)
{
    (void)state;
    static const struct {
        struct str value;
        const char *logfmt, *json;
    } cases[] = {
        {{NULL, 0}, "\"\"", "null"},
        {{"", 0}, "\"\"", "\"\""},
        {{"a b", 3}, "\"a b\"", "\"a b\""},
        {{"a=b", 3}, "\"a=b\"", "\"a=b\""},
        {{"a\"b\\", 4}, "\"a\\\"b\\\\\"", "\"a\\\"b\\\\\""},
        {{"a\nb\tc\r", 6}, "\"a\\nb\\tc\\u000d\"", "\"a\\nb\\tc\\u000d\""},
        {{"\0\x1b\x7f", 3}, "\"\\u0000\\u001b\\u007f\"", "\"\\u0000\\u001b\\u007f\""},
        {{"\xc2\x9b", 2}, "\"\\u009b\"", "\"\\u009b\""},
        {{"授权", 6}, "\"授权\"", "\"授权\""},
        {{"\xf0\x9f\x98\x80", 4}, "\"\xf0\x9f\x98\x80\"", "\"\xf0\x9f\x98\x80\""},
        {{"x\xff\xc3", 3}, "\"x\xef\xbf\xbd\xef\xbf\xbd\"", "\"x\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"\xed\xa0\x80", 3},
         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct log_field field = LOG_STR("k", cases[i].value);
        struct bytes bytes;
        char expected[128];

        snprintf(expected, sizeof(expected), " k=%s\n", cases[i].logfmt);
        const char *logfmt = line_of(&bytes, FORMAT_LOGFMT, &field, 1);
        assert_string_equal(strstr(logfmt, " k="), expected);
        snprintf(expected, sizeof(expected), ",\"k\":%s}\n", cases[i].json);
        const char *json = line_of(&bytes, FORMAT_JSON, &field, 1);
        assert_string_equal(strstr(json, ",\"k\":"), expected);
    }
}

static void a_long_value_is_cut_at_its_limit(void **state)
{
    (void)state;
    char value[LOG_VALUE_MAX + 1];
    struct bytes bytes;
    memset(value, 'x', sizeof(value));
    const struct log_field field = LOG_STR("k", ((struct str){value, sizeof(value)}));

    const char *line = line_of(&bytes, FORMAT_LOGFMT, &field, 1);

    assert_int_equal(strspn(strstr(line, "k=\"") + 3, "x"), LOG_VALUE_MAX);
    assert_non_null(strstr(line, "x…\"\n"));
}

static void fields_that_do_not_fit_are_left_out_whole(void **state)
{
    (void)state;
    char value[LOG_VALUE_MAX];
    struct bytes bytes;
    memset(value, '\n', sizeof(value));
    struct str long_value = {value, sizeof(value)};
    const struct log_field fields[] = {LOG_STR("a", long_value), LOG_STR("b", long_value),
                                       LOG_INT("c", 1)};

    const char *line = line_of(&bytes, FORMAT_JSON, fields, 3);

    assert_non_null(strstr(line, ",\"a\":"));
    assert_null(strstr(line, ",\"b\":"));
    assert_non_null(strstr(line, "\\n\",\"c\":1,\"cut\":true}\n"));
}

static void lines_below_the_level_are_left_out(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    struct log log;
    log_init(&log, LEVEL_WARN, FORMAT_LOGFMT);
    log.fd = fds[1];

    LOG(&log, LEVEL_INFO, "left out");
    LOG(&log, LEVEL_WARN, "written", LOG_INT("n", 1));

    char bytes[256] = "";
    assert_true(read(fds[0], bytes, sizeof(bytes) - 1) > 0);
    assert_null(strstr(bytes, "left out"));
    assert_non_null(strstr(bytes, " level=warn msg=written n=1\n"));
    close(fds[0]);
    close(fds[1]);
}

static void a_reader_that_stopped_loses_lines_and_is_told_so(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_true(fcntl(fds[1], F_SETPIPE_SZ, 16384) >= 0);
    struct log log;
    log_init(&log, LEVEL_INFO, FORMAT_LOGFMT);
    log.fd = fds[1];

    for (int i = 0; i < 1000; i++)
        LOG(&log, LEVEL_INFO, "a line that nobody reads", LOG_INT("i", i));
    int64_t lost = log.lines_lost;
    char bytes[65536 + 1] = "";
    assert_true(read(fds[0], bytes, sizeof(bytes) - 1) > 0);
    LOG(&log, LEVEL_INFO, "read again");

    assert_true(lost > 0);
    assert_int_equal(log.lines_lost, 0);
    memset(bytes, 0, sizeof(bytes));
    assert_true(read(fds[0], bytes, sizeof(bytes) - 1) > 0);
    char expected[64];
    snprintf(expected, sizeof(expected), "lines_lost=%lld\n", (long long)lost);
    assert_non_null(strstr(bytes, expected));
    assert_non_null(strstr(bytes, "msg=\"read again\"\n"));
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_holds_time_level_message_fields),
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(a_long_value_is_cut_at_its_limit),
        cmocka_unit_test(fields_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(lines_below_the_level_are_left_out),
        cmocka_unit_test(a_reader_that_stopped_loses_lines_and_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
