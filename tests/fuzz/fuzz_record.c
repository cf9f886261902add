/*
 * input_event_decode: a record in any of the three encodings, framed as in frame.h. What must hold:
 *
 * - a refusal has one of the decoder's reasons and a sentence that is terminated and printable. It
 *   changes neither *input nor the scratch, and its dead letter keeps key, value and headers;
 * - an accepted record keeps to the contract's ranges, its strings are in the scratch, and its
 *   digest is that of the code;
 * - other bytes in the code change only the code and its digest: no sentence quotes the code;
 * - an accepted record, written again as plain JSON, is accepted as the same;
 * - an accepted code arrives unchanged in the body of the call.
 */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "fuzz/frame.h"
#include "fuzz/fuzz.h"
#include "fuzz/secret.h"
#include "wire/dead_letter.h"
#include "wire/escape.h"
#include "wire/input_event.h"
#include "wire/json.h"
#include "wire/wechat_request.h"

enum { CODE_LIFE_S = 3600, AHEAD_MAX_S = 86400, TRACE_LEN = 55, REWRITTEN_MAX = 8192 };

static const int64_t time_max_s = 253402300799;

/* One decoding: what it came to, and the scratch it was given. */
struct decoding {
    bool taken;
    struct input input;
    struct dead dead;
    struct arena scratch;
};

enum { UNTOUCHED = 0xa5 };

static bool is_untouched(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((const unsigned char *)bytes)[i] != UNTOUCHED)
            return false;
    return true;
}

static struct decoding decode(const struct record *record, const struct input_rules *rules)
{
    struct decoding d = {.scratch = {.at = malloc(INPUT_BYTES_MAX), .max = INPUT_BYTES_MAX}};
    assert(d.scratch.at);
    memset(&d.input, UNTOUCHED, sizeof(d.input));
    memset(&d.dead, UNTOUCHED, sizeof(d.dead));
    d.taken = input_event_decode(&d.input, &d.scratch, record, rules, &d.dead);
    assert(d.taken || is_untouched(&d.input, sizeof(d.input)));
    assert(d.taken || d.scratch.len == 0);
    return d;
}

static void check_dead_letter(const struct record *record, const struct dead *dead)
{
    struct dead_letter letter = {.record = record, .dead = dead, .attempts = 1};
    size_t max = dead_letter_bytes(&letter);
    struct arena into = {.at = malloc(max), .max = max};
    assert(into.at);
    struct message message;
    dead_letter_encode(&message, &into, &letter);
    assert(message.key.at == record->key.at && message.key.len == record->key.len);
    assert(message.value.at == record->value.at && message.value.len == record->value.len);
    assert(message.header_count >= record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        assert(message.headers[i].name.at == record->headers[i].name.at);
        assert(message.headers[i].value.at == record->headers[i].value.at);
    }
    free(into.at);
}

static void check_refusal(const struct record *record, const struct dead *dead)
{
    assert(dead->reason == DEAD_INVALID_EVENT || dead->reason == DEAD_TOO_LARGE ||
           dead->reason == DEAD_UNKNOWN_TYPE);
    assert(is_sentence(dead->message, sizeof(dead->message)));
    check_dead_letter(record, dead);
}

static void check_appid(const struct appid *appid)
{
    struct appid again;
    assert(appid_set(&again, appid_str(appid)));
}

static void check_code_in_body(const struct input *input)
{
    char bytes[REQUEST_BODY_MAX];
    struct text body = TEXT_IN(bytes);
    struct wechat_request request = {
        .call = CALL_QUERY_AUTH,
        .component_appid = appid_str(&input->component),
        .secret = input->code,
    };
    wechat_request_body(&body, &request);
    assert(!body.cut);
    const char *fault = NULL;
    struct json_object *root = json_parse(text_str(&body), &fault);
    assert(root);
    struct str code = {0};
    assert(json_string(&code, root, "authorization_code") == JSON_FOUND);
    assert(str_equal(code, input->code));
    json_putp(&root);
}

static void check_code(const struct decoding *d)
{
    const struct input *input = &d->input;
    assert(input->code.len >= 1 && input->code.len <= CODE_LEN_MAX);
    assert(lies_within(input->code, d->scratch.at, d->scratch.len));
    assert(!memchr(input->code.at, '\0', input->code.len));
    assert(input->code_expires_s >= 1 && input->code_expires_s <= time_max_s + CODE_LIFE_S);
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)input->code.at, input->code.len, digest);
    assert(memcmp(digest, input->code_digest, sizeof(digest)) == 0);
    check_code_in_body(input);
}

static void check_change(const struct decoding *d, const struct record *record)
{
    const struct input *input = &d->input;
    assert(input->info_type <= INFO_OTHER);
    if (input->info_type == INFO_OTHER) {
        assert(!input->code.len && !appid_is_known(&input->authorizer));
        return;
    }
    int64_t record_s = record->origin.timestamp_ms / MS_PER_S;
    assert(input->create_time_s >= 1 && input->create_time_s <= time_max_s);
    if (record_s >= 1 && record_s <= time_max_s)
        assert(input->create_time_s - record_s <= AHEAD_MAX_S);
    if (appid_is_known(&input->authorizer))
        check_appid(&input->authorizer);
    if (input->info_type != INFO_UNAUTHORIZED) {
        check_code(d);
        return;
    }
    assert(appid_is_known(&input->authorizer) && !input->code.len);
}

static void check_input(const struct decoding *d, const struct record *record)
{
    check_appid(&d->input.component);
    struct str traceparent = d->input.traceparent;
    assert(!traceparent.at || traceparent.len == TRACE_LEN);
    assert(lies_within(traceparent, d->scratch.at, d->scratch.len));
    if (d->input.kind == INPUT_AUTHORIZATION_CHANGED) {
        check_change(d, record);
        return;
    }
    assert(d->input.kind == INPUT_REFRESH_DUE);
    check_appid(&d->input.authorizer);
    assert(d->input.version >= -1);
}

/* Whether both say the same, apart from the code and its digest. */
static void check_same_but_code(const struct decoding *a, const struct decoding *b)
{
    assert(a->taken == b->taken);
    if (!a->taken) {
        assert(a->dead.reason == b->dead.reason);
        assert(strcmp(a->dead.message, b->dead.message) == 0);
        return;
    }
    assert(a->input.kind == b->input.kind && a->input.info_type == b->input.info_type);
    assert(appid_equal(&a->input.component, &b->input.component));
    assert(appid_equal(&a->input.authorizer, &b->input.authorizer));
    assert(str_equal(a->input.traceparent, b->input.traceparent));
    assert(a->input.version == b->input.version);
    assert(a->input.code.len == b->input.code.len);
    assert(a->input.code_expires_s == b->input.code_expires_s);
    assert(a->input.create_time_s == b->input.create_time_s);
}

static void check_another_code(const struct frame *frame, const struct decoding *d)
{
    static const char *const secrets[] = {"authorization_code", NULL};
    if (!frame->record.value.at)
        return;
    struct record record = frame->record;
    record.value = exact_copy(record.value);
    secrets_change((char *)record.value.at, record.value.len, secrets);
    struct decoding other = decode(&record, &frame->rules);
    check_same_but_code(d, &other);
    free(other.scratch.at);
    exact_free(record.value);
}

static void add_string(struct text *json, const char *opening, struct str value)
{
    text_add(json, str_of(opening));
    escape_json(json, value);
}

static void add_number(struct text *json, const char *opening, int64_t value)
{
    text_add(json, str_of(opening));
    text_add_int(json, value);
}

static void rewrite_change(struct text *json, const struct input *input)
{
    static const char *const words[] = {"authorized", "updateauthorized", "unauthorized", "other"};
    add_string(json, ",\"info_type\":", str_of(words[input->info_type]));
    if (input->info_type == INFO_OTHER)
        return;
    add_number(json, ",\"create_time\":", input->create_time_s);
    if (!input->code.len)
        return;
    add_string(json, ",\"authorization_code\":", input->code);
    if (input->code_expires_s != input->create_time_s + CODE_LIFE_S)
        add_number(json, ",\"authorization_code_expired_time\":", input->code_expires_s);
}

static void rewrite(struct text *json, const struct input *input)
{
    add_string(json, "{\"component_appid\":", appid_str(&input->component));
    if (appid_is_known(&input->authorizer))
        add_string(json, ",\"authorizer_appid\":", appid_str(&input->authorizer));
    if (input->kind == INPUT_AUTHORIZATION_CHANGED)
        rewrite_change(json, input);
    else if (input->version >= 0)
        add_number(json, ",\"version\":", input->version);
    text_add_char(json, '}');
}

static void check_rewritten(const struct frame *frame, const struct decoding *d)
{
    char bytes[REWRITTEN_MAX];
    struct text json = TEXT_IN(bytes);
    rewrite(&json, &d->input);
    assert(!json.cut);
    struct record_header traceparent = {STR("traceparent"), d->input.traceparent};
    struct record record = {
        .origin = frame->record.origin,
        .value = exact_copy(text_str(&json)),
        .header_count = 1,
        .headers = &traceparent,
    };
    struct input_rules rules = {.topic_kind = d->input.kind};
    struct decoding again = decode(&record, &rules);
    check_same_but_code(d, &again);
    assert(str_equal(d->input.code, again.input.code));
    free(again.scratch.at);
    exact_free(record.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    frame_init(&frame, (struct str){.at = (const char *)data, .len = size});
    struct decoding d = decode(&frame.record, &frame.rules);
    if (d.taken)
        check_input(&d, &frame.record);
    else
        check_refusal(&frame.record, &d.dead);
    check_another_code(&frame, &d);
    if (d.taken)
        check_rewritten(&frame, &d);
    free(d.scratch.at);
    frame_done(&frame);
    return 0;
}
