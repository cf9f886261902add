#include "wire/dead_letter.h"

#include "base/count.h"
#include "wire/keep.h"
#include "wire/dead.h"

enum {
    NEW_HEADERS_MAX = 10,
    NUMBER_BYTES = 24,
    ALIGNMENT = 8,
};

size_t dead_letter_bytes(const struct dead_letter *letter)
{
    const struct record *record = letter->record;
    size_t headers = (record->header_count + NEW_HEADERS_MAX) * sizeof(struct record_header);
    size_t texts = strlen(letter->dead->message) + record->origin.topic.len + letter->rid.len;
    return headers + texts + (NEW_HEADERS_MAX + 1) * (NUMBER_BYTES + ALIGNMENT);
}

/* Copies the old headers and leaves room for ours after them. */
static struct record_header *copy_headers(struct arena *into, const struct record *record)
{
    size_t count = record->header_count + NEW_HEADERS_MAX;
    struct record_header *headers = arena_alloc(into, count * sizeof(*headers));
    assert(headers);
    if (record->header_count)
        memcpy(headers, record->headers, record->header_count * sizeof(*headers));
    return headers;
}

/* Adds the headers that say where and why the record died. Returns their number. */
static size_t add_place(struct record_header *headers, struct arena *into,
                        const struct dead_letter *letter)
{
    const struct origin *origin = &letter->record->origin;
    struct record_header place[] = {
        {STR("wxtoken-dlq-reason"), dead_reason_word(letter->dead->reason)},
        {STR("wxtoken-dlq-message"), keep(into, str_of(letter->dead->message))},
        {STR("wxtoken-dlq-topic"), keep(into, origin->topic)},
        {STR("wxtoken-dlq-partition"), keep_int(into, origin->partition)},
        {STR("wxtoken-dlq-offset"), keep_int(into, origin->offset)},
        {STR("wxtoken-dlq-timestamp"), keep_int(into, origin->timestamp_ms)},
        {STR("wxtoken-dlq-attempts"), keep_int(into, letter->attempts)},
    };
    memcpy(headers, place, sizeof(place));
    return COUNT_OF(place);
}

void dead_letter_encode(struct message *message, struct arena *into,
                        const struct dead_letter *letter)
{
    const struct record *record = letter->record;
    struct record_header *headers = copy_headers(into, record);
    size_t count = record->header_count;
    count += add_place(headers + count, into, letter);
    if (letter->errcode)
        headers[count++] = (struct record_header){STR("wxtoken-dlq-errcode"),
                                                  keep_int(into, letter->errcode)};
    if (letter->rid.len)
        headers[count++] = (struct record_header){STR("wxtoken-dlq-rid"), keep(into, letter->rid)};
    if (letter->without_value)
        headers[count++] = (struct record_header){STR("wxtoken-dlq-truncated"), STR("true")};

    *message = (struct message){
        .key = record->key,
        .value = letter->without_value ? (struct str){0} : record->value,
        .header_count = count,
        .headers = headers,
    };
}
