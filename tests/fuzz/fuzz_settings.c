/*
 * settings_load: all settings that the program is given. The input is a settings file. After a line
 * "--" there is one line for each environment variable ("$WXTOKEN_LOG_LEVEL=debug") and each -o
 * ("log.level=debug"). What must hold:
 *
 * - file_next returns lines in order; keys and values are inside the bytes, trimmed and without a
 *   NUL;
 * - settings are accepted if and only if nothing is wrong. Each error and each warning is a
 *   sentence on one line, and so is each setting as it is printed;
 * - accepted settings are in the ranges of docs/SETTINGS.md, their topics differ, and no property
 *   is given twice or is one that may not be set;
 * - other bytes in the secrets of librdkafka change no sentence and nothing that is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/count.h"
#include "fuzz/fuzz.h"
#include "fuzz/secret.h"
#include "settings/file.h"
#include "settings/print.h"
#include "settings/property.h"
#include "settings/load.h"

enum { LINES_MAX = 64, TOPIC_MAX = 249 };

/* The input taken apart; options and variables are terminated copies. */
struct told {
    struct str file;
    char *options[LINES_MAX];
    char *variables[LINES_MAX + 1];
    size_t option_count, variable_count;
};

/* What became of it. */
struct outcome {
    bool taken;
    struct settings settings;
    struct problems problems;
    char *printed;
};

static char *terminated(struct str text)
{
    char *copy = strndup(text.len ? text.at : "", text.len);
    assert(copy);
    return copy;
}

static bool is_separator(struct str line)
{
    return str_equal(line, STR("--"));
}

static struct told take_apart(struct str bytes)
{
    struct told told = {.file = {.at = bytes.at}};
    struct str rest = bytes;
    while (rest.len) {
        struct str line = cut_off(&rest, '\n');
        if (is_separator(line))
            break;
        told.file.len = (size_t)(rest.at - bytes.at);
    }
    while (rest.len) {
        struct str line = cut_off(&rest, '\n');
        struct str variable = {.at = line.at + 1, .len = line.len ? line.len - 1 : 0};
        if (!str_starts_with(line, STR("$")) && told.option_count < LINES_MAX)
            told.options[told.option_count++] = terminated(line);
        else if (line.len && told.variable_count < LINES_MAX)
            told.variables[told.variable_count++] = terminated(variable);
    }
    return told;
}

static void told_done(struct told *told)
{
    for (size_t i = 0; i < told->option_count; i++)
        free(told->options[i]);
    for (size_t i = 0; i < told->variable_count; i++)
        free(told->variables[i]);
}

/* A file of these bytes, to be opened by its path; the same one each time. */
static const char *file_of(struct str bytes)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("settings", 0);
        assert(fd >= 0);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    int status = ftruncate(fd, 0);
    assert(status == 0);
    ssize_t written = pwrite(fd, bytes.at, bytes.len, 0);
    assert(written == (ssize_t)bytes.len);
    return path;
}

static char *print(const struct settings *settings)
{
    char *printed = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&printed, &len);
    assert(out);
    settings_print(settings, out);
    (void)fclose(out); /* memory */
    assert(printed && strlen(printed) == len);
    return printed;
}

static struct outcome load(struct str bytes)
{
    struct told told = take_apart(bytes);
    struct settings_sources sources = {
        .options = (const char *const *)told.options,
        .option_count = told.option_count,
        .file = file_of(told.file),
        .environment = (const char *const *)told.variables,
        .need = NEED_KAFKA,
    };
    struct outcome outcome;
    struct err err = {.kind = ERR_NONE};
    outcome.taken = settings_load(&outcome.settings, &outcome.problems, &sources, &err);
    assert(outcome.taken == (outcome.problems.wrongs.count == 0));
    assert(outcome.taken || (err.kind == ERR_CONFIG && is_sentence(err.text, sizeof(err.text))));
    outcome.printed = print(&outcome.settings);
    told_done(&told);
    return outcome;
}

static void outcome_done(struct outcome *outcome)
{
    free(outcome->printed);
    problems_done(&outcome->problems);
    settings_done(&outcome->settings);
}

static bool is_trimmed(struct str text)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};
    return !text.len || (!memchr(blanks, text.at[0], sizeof(blanks)) &&
                         !memchr(blanks, text.at[text.len - 1], sizeof(blanks)));
}

static void check_lines(struct str bytes)
{
    struct str copy = exact_copy(bytes);
    struct file_cursor cursor = file_cursor_of(copy);
    struct str key, value;
    enum file_line line;
    int before = 0;
    while ((line = file_next(&cursor, &key, &value)) != FILE_END) {
        assert(cursor.line > before);
        before = cursor.line;
        if (line == FILE_WRONG)
            continue;
        assert(key.len && lies_within(key, copy.at, copy.len));
        assert(lies_within(value, copy.at, copy.len));
        assert(is_trimmed(key) && is_trimmed(value));
        assert(!memchr(key.at, '=', key.len) && !memchr(key.at, '\0', key.len));
        assert(!value.len || !memchr(value.at, '\0', value.len));
    }
    assert(cursor.rest.len == 0);
    exact_free(copy);
}

/* Nothing that would break the line or move the cursor. */
static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static void check_sentences(const struct problem_lines *lines)
{
    assert(lines->count <= PROBLEMS_MAX);
    assert(!lines->left_out || lines->count == PROBLEMS_MAX);
    for (size_t i = 0; i < lines->count; i++)
        assert(*lines->at[i] && is_one_line(lines->at[i]));
}

static void check_printed(const char *printed)
{
    for (const char *at = printed; *at; at++)
        assert(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7f));
}

static void check_properties(const struct settings *settings)
{
    assert(settings->kafka_property_count <= SETTINGS_PROPERTIES_MAX);
    for (size_t i = 0; i < settings->kafka_property_count; i++) {
        const char *name = settings->kafka_properties[i].name;
        assert(*name && !property_forbidden_because(str_of(name)));
        for (size_t k = 0; k < i; k++)
            assert(strcmp(name, settings->kafka_properties[k].name) != 0);
    }
}

static bool is_between(int64_t number, int64_t low, int64_t high)
{
    return number >= low && number <= high;
}

static void check_taken(const struct settings *s)
{
    assert(is_between(s->wechat_connect_timeout_ms, 1, 600000));
    assert(is_between(s->wechat_timeout_ms, 1, 600000));
    assert(is_between(s->worker_in_flight_max, 1, 100000));
    assert(is_between(s->worker_hold_max_ms, 1, 86400000));
    assert(is_between(s->worker_give_up_after_ms, 1, 31536000000));
    assert(is_between(s->worker_drain_timeout_ms, 0, 3600000));
    assert(s->log_level <= LEVEL_ERROR && s->log_format <= FORMAT_JSON);
    assert(strcmp(s->topics_authorization_changed, s->topics_refresh_due) != 0);
    assert(strcmp(s->topics_authorization_changed, s->topics_token_updated) != 0);
    assert(strcmp(s->topics_refresh_due, s->topics_token_updated) != 0);
    assert(strlen(s->topics_refresh_due) + strlen(s->topics_dead_letter_suffix) <= TOPIC_MAX);
    assert(is_plain_text(str_of(s->wechat_base_url)));
    assert(s->wechat_base_url[strlen(s->wechat_base_url) - 1] != '/');
    assert(is_plain_text(str_of(s->admin_listen)));
    assert(strlen(s->component_appid) <= 64 && is_plain_text(str_of(s->component_appid)));
}

/* As a key stands in the file or behind -o, and as a variable is called. */
static bool is_secret_key(struct str key)
{
    static const char *const names[] = {
        "kafka.sasl.password",
        "kafka.ssl.key.password",
        "kafka.ssl.keystore.password",
        "kafka.ssl.key.pem",
        "kafka.sasl.oauthbearer.client.secret",
        "kafka.sasl.oauthbearer.config",
        "$WXTOKEN_KAFKA_SASL_PASSWORD",
        "$WXTOKEN_KAFKA_SSL_KEY_PASSWORD",
        "$WXTOKEN_KAFKA_SSL_KEYSTORE_PASSWORD",
        "$WXTOKEN_KAFKA_SSL_KEY_PEM",
        "$WXTOKEN_KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET",
    };
    while (key.len && strchr(" \t\r", key.at[key.len - 1]) && key.at[key.len - 1])
        key.len--;
    while (key.len && strchr(" \t\r", key.at[0]) && key.at[0])
        key = (struct str){.at = key.at + 1, .len = key.len - 1};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_equal(key, str_of(names[i])))
            return true;
    return false;
}

static void change_secrets(struct str bytes)
{
    struct str rest = bytes;
    while (rest.len) {
        struct str value = cut_off(&rest, '\n');
        struct str key = cut_off(&value, '=');
        for (size_t i = 0; is_secret_key(key) && i < value.len; i++)
            ((char *)value.at)[i] = secret_change_byte(value.at[i]);
    }
}

static void check_same_lines(const struct problem_lines *a, const struct problem_lines *b)
{
    assert(a->count == b->count && a->left_out == b->left_out);
    for (size_t i = 0; i < a->count; i++)
        assert(strcmp(a->at[i], b->at[i]) == 0);
}

static void check_other_secrets(struct str bytes, const struct outcome *outcome)
{
    struct str copy = exact_copy(bytes);
    change_secrets(copy);
    if (str_equal(copy, bytes)) {
        exact_free(copy);
        return;
    }
    struct outcome other = load(copy);
    assert(outcome->taken == other.taken);
    check_same_lines(&outcome->problems.wrongs, &other.problems.wrongs);
    check_same_lines(&outcome->problems.warnings, &other.problems.warnings);
    assert(strcmp(outcome->printed, other.printed) == 0);
    outcome_done(&other);
    exact_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {.at = (const char *)data, .len = size};
    check_lines(bytes);
    struct outcome outcome = load(bytes);
    check_sentences(&outcome.problems.wrongs);
    check_sentences(&outcome.problems.warnings);
    check_printed(outcome.printed);
    check_properties(&outcome.settings);
    if (outcome.taken)
        check_taken(&outcome.settings);
    check_other_secrets(bytes, &outcome);
    outcome_done(&outcome);
    return 0;
}
