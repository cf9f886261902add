/*
 * cloudevent_decode by headers alone. The input is header lines as in frame.h; the value is one
 * that all three encodings accept. What must hold:
 *
 * - the encoding, the type and whether the record is refused agree with a second implementation of
 *   the contract;
 * - the traceparent comes from a header and has W3C's form;
 * - an unknown header changes nothing, whether it is the first or the last.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz/frame.h"
#include "fuzz/fuzz.h"
#include "wire/cloudevent.h"
#include "wire/json.h"

enum mode { MODE_PLAIN, MODE_BINARY, MODE_STRUCTURED, MODE_BATCHED };

static const char value[] = "{\"specversion\":\"1.0\",\"type\":\"T\",\"data\":{\"a\":1},\"a\":1}";

/* What came of it; the type is a copy, because a structured one ends with its root. */
struct reading {
    bool taken;
    struct str type;
    struct str traceparent;
    struct dead dead;
};

static struct reading read_headers(const struct frame *frame)
{
    struct record record = frame->record;
    record.value = str_of(value);
    struct reading r = {.dead.message = ""};
    struct cloudevent event;
    r.taken = cloudevent_decode(&event, &record, &r.dead);
    if (!r.taken)
        return r;
    int64_t a = 0;
    assert(json_integer(&a, event.data, "a") == JSON_FOUND && a == 1);
    r.type = exact_copy(event.type);
    r.traceparent = event.traceparent;
    json_putp(&event.root);
    return r;
}

/* The last header of that name: at == NULL where there is none, or its value is null. */
static struct str last_value(const struct record *record, const char *name, bool *is_there)
{
    struct str found = {0};
    *is_there = false;
    for (size_t i = 0; i < record->header_count; i++) {
        if (!str_equal(record->headers[i].name, str_of(name)))
            continue;
        found = record->headers[i].value;
        *is_there = true;
    }
    return found;
}

static bool begins_with(struct str text, const char *prefix)
{
    return text.len >= strlen(prefix) && strncasecmp(text.at, prefix, strlen(prefix)) == 0;
}

static enum mode mode_of(const struct record *record)
{
    bool has_media = false, has_version = false;
    struct str media = last_value(record, "content-type", &has_media);
    (void)last_value(record, "ce_specversion", &has_version); /* that it is there says it */
    if (begins_with(media, "application/cloudevents-batch"))
        return MODE_BATCHED;
    if (begins_with(media, "application/cloudevents+json"))
        return MODE_STRUCTURED;
    return has_version ? MODE_BINARY : MODE_PLAIN;
}

static void check_binary(const struct record *record, const struct reading *r)
{
    bool is_there = false;
    struct str version = last_value(record, "ce_specversion", &is_there);
    struct str type = last_value(record, "ce_type", &is_there);
    struct str media = last_value(record, "content-type", &is_there);
    bool is_right = str_equal(version, STR("1.0")) && type.len;
    assert(is_right || !r->taken);
    if (is_right && (!media.len || str_equal(media, STR("application/json"))))
        assert(r->taken);
    if (r->taken)
        assert(str_equal(r->type, type));
}

static void check_mode(const struct record *record, const struct reading *r)
{
    switch (mode_of(record)) {
    case MODE_PLAIN:
        assert(r->taken && !r->type.at);
        return;
    case MODE_BINARY:
        check_binary(record, r);
        return;
    case MODE_STRUCTURED:
        assert(r->taken && str_equal(r->type, STR("T")));
        return;
    case MODE_BATCHED:
        assert(!r->taken);
        return;
    }
}

static bool is_hex_run(struct str text, size_t at, size_t end)
{
    for (; at < end; at++)
        if (!text.at[at] || !strchr("0123456789abcdef", text.at[at]))
            return false;
    return true;
}

static void check_traceparent(const struct record *record, struct str text)
{
    if (!text.at)
        return;
    assert(text.len == 55 && text.at[2] == '-' && text.at[35] == '-' && text.at[52] == '-');
    assert(is_hex_run(text, 0, 2) && is_hex_run(text, 3, 35) && is_hex_run(text, 36, 52) &&
           is_hex_run(text, 53, 55));
    bool is_a_header = false;
    for (size_t i = 0; i < record->header_count; i++)
        is_a_header |= record->headers[i].value.at == text.at;
    assert(is_a_header);
}

static void check_same(const struct reading *a, const struct reading *b)
{
    assert(a->taken == b->taken && str_equal(a->type, b->type));
    assert(a->traceparent.at == b->traceparent.at);
    assert(strcmp(a->dead.message, b->dead.message) == 0);
}

static void check_strangers(const struct frame *frame, const struct reading *r)
{
    size_t count = frame->record.header_count;
    struct frame wider = *frame;
    if (count + 2 > FRAME_HEADERS_MAX)
        return;
    memcpy(wider.headers + 1, frame->headers, count * sizeof(*wider.headers));
    wider.headers[0] = (struct record_header){STR("Content-Type"), STR("text/plain")};
    wider.headers[count + 1] = (struct record_header){STR("ce_specversion "), STR("7")};
    wider.record.headers = wider.headers;
    wider.record.header_count = count + 2;
    struct reading again = read_headers(&wider);
    check_same(r, &again);
    exact_free(again.type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {.record.origin.timestamp_ms = -1};
    struct str bytes = {.at = (const char *)data, .len = size};
    (void)frame_take_headers(&frame, &bytes); /* what follows a blank line is nothing to us */
    struct reading r = read_headers(&frame);
    check_mode(&frame.record, &r);
    check_traceparent(&frame.record, r.traceparent);
    if (!r.taken)
        assert(is_sentence(r.dead.message, sizeof(r.dead.message)));
    check_strangers(&frame, &r);
    exact_free(r.type);
    frame_done(&frame);
    return 0;
}
