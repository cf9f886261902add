#include "test.h"

#include <glob.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "wire/dead.h"
#include "wire/input_event.h"
#include "wire/json.h"
#include "wire/token_updated.h"

/*
 * Checks the files of proto/examples against the decoder and the encoder. proto/README.md describes
 * these files.
 */

enum { HEADERS_MAX = 16, SCRATCH_BYTES = TOKEN_UPDATED_BYTES_MAX };

struct example {
    const char *path;
    struct json_object *root;
    struct record record; /* its strings are root's */
    struct record_header headers[HEADERS_MAX];
    char *value; /* in a block of its own, so that a read behind its end is seen */
    struct arena scratch;
    char bytes[SCRATCH_BYTES];
};

static struct str string_of(struct json_object *string)
{
    return (struct str){.at = json_object_get_string(string),
                        .len = (size_t)json_object_get_string_len(string)};
}

/* Absent where the member is, or is null. */
static struct str member(struct json_object *object, const char *name)
{
    struct json_object *found = json_member(object, name);
    return found ? string_of(found) : (struct str){0};
}

static int64_t number_or(int64_t otherwise, struct json_object *object, const char *name)
{
    struct json_object *found = json_member(object, name);
    return found ? json_object_get_int64(found) : otherwise;
}

static void expect_str(const struct example *example, const char *what, struct str got,
                       struct str want)
{
    bool is_same = got.at && want.at ? str_equal(got, want) : !got.at && !want.at;
    if (!is_same)
        fail_msg("%s: %s is \"%.*s\", not \"%.*s\"", example->path, what, STR_ARGS(got),
                 STR_ARGS(want));
}

static void expect_int(const struct example *example, const char *what, int64_t got, int64_t want)
{
    if (got != want)
        fail_msg("%s: %s is %ld, not %ld", example->path, what, (long)got, (long)want);
}

/* ---- a file becomes a record ---- */

static void add_header(struct example *example, const char *name, struct json_object *value)
{
    struct record *record = &example->record;
    assert_in_range(record->header_count, 0, HEADERS_MAX - 1);
    example->headers[record->header_count++] = (struct record_header){
        .name = str_of(name),
        .value = value ? string_of(value) : (struct str){0},
    };
}

/* An array stands for several headers of one name. */
static void add_headers(struct example *example)
{
    json_object_object_foreach(json_member(example->root, "headers"), name, value)
    {
        if (!json_object_is_type(value, json_type_array)) {
            add_header(example, name, value);
            continue;
        }
        for (size_t i = 0; i < json_object_array_length(value); i++)
            add_header(example, name, json_object_array_get_idx(value, i));
    }
    example->record.headers = example->headers;
}

/* A string is the bytes themselves, anything else is written as JSON without blanks. */
static struct str text_of_value(const struct example *example)
{
    struct json_object *value = json_member(example->root, "value");
    if (!value || json_object_is_type(value, json_type_string))
        return member(example->root, "value");
    return str_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                            JSON_C_TO_STRING_NOSLASHESCAPE));
}

static size_t decode_base64(char *bytes, struct str text)
{
    int len = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)text.at,
                              (int)text.len);
    assert_true(len >= 0);
    while (text.len && text.at[--text.len] == '=')
        len--;
    return (size_t)len;
}

static void set_value(struct example *example)
{
    struct str base64 = member(example->root, "value_base64");
    struct str text = base64.at ? base64 : text_of_value(example);
    if (!text.at)
        return; /* a null value */

    size_t padded = (size_t)number_or(0, example->root, "value_bytes");
    char *bytes = malloc(text.len + padded + 1);
    assert_non_null(bytes);
    memcpy(bytes, text.at, text.len);
    size_t len = base64.at ? decode_base64(bytes, base64) : text.len;
    for (; len < padded; len++)
        bytes[len] = ' ';

    example->value = malloc(len ? len : 1);
    assert_non_null(example->value);
    memcpy(example->value, bytes, len);
    free(bytes);
    example->record.value = (struct str){example->value, len};
}

static void example_open(struct example *example, const char *path)
{
    *example = (struct example){.path = path, .root = json_object_from_file(path)};
    if (!example->root)
        fail_msg("%s: %s", path, json_util_get_last_err());
    example->scratch = (struct arena){.at = example->bytes, .max = sizeof(example->bytes)};
    example->record.origin.topic = member(example->root, "topic");
    example->record.origin.timestamp_ms = number_or(-1, example->root, "timestamp");
    example->record.key = member(example->root, "key");
    add_headers(example);
    set_value(example);
}

static void example_close(struct example *example)
{
    free(example->value);
    json_object_put(example->root);
}

/* ---- inputs ---- */

static struct json_object *expected(const struct example *example, const char *name)
{
    return json_member(json_member(example->root, "expect"), name);
}

static enum input_kind kind_of(const struct example *example)
{
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        if (str_equal(example->record.origin.topic, input_name(kind)))
            return kind;
    fail_msg("%s: its topic has no kind of event", example->path);
    return 0;
}

static bool decode(struct input *input, struct example *example, struct dead *dead)
{
    struct json_object *settings = json_member(example->root, "settings");
    struct input_rules rules = {.topic_kind = kind_of(example)};
    if (json_member(settings, "component.appid"))
        assert_true(appid_set(&rules.component, member(settings, "component.appid")));
    return input_event_decode(input, &example->scratch, &example->record, &rules, dead);
}

static struct str known(const struct appid *appid)
{
    return appid_is_known(appid) ? appid_str(appid) : (struct str){0};
}

static void expect_change(const struct example *example, const struct input *input,
                          struct json_object *want)
{
    static const char *const words[] = {
        [INFO_AUTHORIZED] = "authorized",
        [INFO_UPDATEAUTHORIZED] = "updateauthorized",
        [INFO_UNAUTHORIZED] = "unauthorized",
        [INFO_OTHER] = NULL,
    };
    expect_str(example, "info_type", str_of(words[input->info_type]), member(want, "info_type"));
    expect_str(example, "code", input->code, member(want, "authorization_code"));
    expect_int(example, "create_time", input->create_time_s, number_or(0, want, "create_time"));
    expect_int(example, "authorization_code_expired_time", input->code_expires_s,
               number_or(0, want, "authorization_code_expired_time"));
}

static void expect_input(const struct example *example, const struct input *input)
{
    struct json_object *want = expected(example, "input");
    expect_str(example, "kind", input_name(input->kind), member(want, "kind"));
    expect_str(example, "component", known(&input->component), member(want, "component_appid"));
    expect_str(example, "authorizer", known(&input->authorizer), member(want, "authorizer_appid"));
    expect_str(example, "traceparent", input->traceparent, member(want, "traceparent"));
    if (input->kind == INPUT_AUTHORIZATION_CHANGED)
        expect_change(example, input, want);
    else
        expect_int(example, "version", input->version, number_or(-1, want, "version"));
}

static void check_good(struct example *example)
{
    struct input input;
    struct dead dead;
    if (!decode(&input, example, &dead))
        fail_msg("%s: %s", example->path, dead.message);
    expect_input(example, &input);
}

/* bad-REASON…: the name of the file tells the reason, and what the message is about. */
static void expect_name(const struct example *example, struct str reason, struct str about)
{
    char subject[64] = "";
    for (size_t i = 0; i < about.len && i + 1 < sizeof(subject); i++)
        subject[i] = strchr("_ ", about.at[i]) ? '-' : about.at[i];

    struct str name = str_of(strstr(example->path, "/bad-") + strlen("/bad-"));
    bool tells_reason = str_starts_with(name, reason);
    bool tells_subject = strstr(name.at, subject) != NULL;
    if (!tells_reason || !tells_subject)
        fail_msg("%s: its name does not tell \"%.*s\" and \"%s\"", example->path, STR_ARGS(reason),
                 subject);
}

static void expect_death(const struct example *example, const struct dead *dead)
{
    struct json_object *want = expected(example, "dead");
    const char *about = json_object_get_string(json_member(want, "about"));
    struct str message = str_of(dead->message);
    expect_str(example, "reason", dead_reason_word(dead->reason), member(want, "reason"));
    if (!str_starts_with(message, member(want, "message")))
        fail_msg("%s: the message is \"%s\"", example->path, dead->message);
    if (!about || !strstr(message.at, about))
        fail_msg("%s: the message does not name \"%s\"", example->path, about ? about : "");
}

/* Where the file tells an input too, the record is well-formed, and refused for what the worker
 * knows beside it. */
static void check_bad(struct example *example)
{
    struct json_object *want = expected(example, "dead");
    expect_name(example, member(want, "reason"), member(want, "about"));
    if (expected(example, "input")) {
        check_good(example);
        return;
    }
    struct input input;
    struct dead dead;
    if (decode(&input, example, &dead))
        fail_msg("%s: it is taken", example->path);
    expect_death(example, &dead);
}

/* ---- token-updated ---- */

static enum authorizer_status status_of(struct str word)
{
    for (enum authorizer_status s = STATUS_AUTHORIZED; s <= STATUS_REAUTHORIZATION_REQUIRED; s++)
        if (str_equal(status_word(s), word))
            return s;
    fail_msg("no status \"%.*s\"", STR_ARGS(word));
    return STATUS_AUTHORIZED;
}

static struct scopes scopes_of(struct arena *into, struct json_object *array)
{
    if (!array)
        return (struct scopes){0};
    size_t count = json_object_array_length(array);
    int32_t *at = arena_alloc(into, count * sizeof(*at));
    assert_non_null(at);
    for (size_t i = 0; i < count; i++)
        at[i] = json_object_get_int(json_object_array_get_idx(array, i));
    return (struct scopes){at, count};
}

static void encode(struct message *message, struct example *example)
{
    struct json_object *told = json_member(example->root, "row");
    struct authorizer row = {
        .status = status_of(member(told, "status")),
        .version = number_or(VERSION_ABSENT, told, "version"),
        .access_token = member(told, "authorizer_access_token"),
        .refresh_token = member(told, "authorizer_refresh_token"),
        .expires_at_s = number_or(0, told, "expires_at"),
        .scopes = scopes_of(&example->scratch, json_member(told, "func_scopes")),
        .traceparent = member(told, "traceparent"),
        .updated_at_us = number_or(0, told, "updated_at_us"),
    };
    struct str included = member(json_member(example->root, "settings"),
                                 "token_updated.include_access_token");
    struct token_updated event = {
        .row = &row,
        .includes_access_token = str_equal(included, STR("true")),
    };
    assert_true(appid_set(&row.authorizer, member(told, "authorizer_appid")));
    assert_true(appid_set(&event.component, member(told, "component_appid")));
    token_updated_encode(message, &example->scratch, &event);
}

static void check_announcement(struct example *example)
{
    struct message message;
    encode(&message, example);

    expect_str(example, "key", message.key, example->record.key);
    expect_str(example, "value", message.value, example->record.value);
    expect_int(example, "header count", (int64_t)message.header_count,
               (int64_t)example->record.header_count);
    for (size_t i = 0; i < message.header_count; i++) {
        expect_str(example, "header", message.headers[i].name, example->headers[i].name);
        expect_str(example, example->headers[i].name.at, message.headers[i].value,
                   example->headers[i].value);
    }
}

/* ---- all files of a kind ---- */

static void check_all(struct str event, const char *sort, size_t least,
                      void (*check)(struct example *))
{
    static struct example example;
    CLEANUP(globfree) glob_t files = {0};
    char memory[128];
    struct text pattern = TEXT_IN(memory);
    text_format(&pattern, "proto/examples/%.*s/%s-*.json", STR_ARGS(event), sort);
    assert_int_equal(glob(text_terminated(&pattern), 0, NULL, &files), 0);
    assert_in_range(files.gl_pathc, least, SIZE_MAX);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        example_open(&example, files.gl_pathv[i]);
        check(&example);
        example_close(&example);
    }
}

static void a_good_record_is_taken_as_its_file_says(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        check_all(input_name(kind), "ok", 9, check_good);
}

static void a_bad_record_is_refused_with_the_reason_in_the_name_of_its_file(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        check_all(input_name(kind), "bad", 15, check_bad);
}

static void an_announcement_is_byte_for_byte_what_its_file_says(void **state)
{
    (void)state;
    check_all(STR("token-updated"), "ok", 9, check_announcement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_record_is_taken_as_its_file_says),
        cmocka_unit_test(a_bad_record_is_refused_with_the_reason_in_the_name_of_its_file),
        cmocka_unit_test(an_announcement_is_byte_for_byte_what_its_file_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
