#include "model/record.h"

#include <stdlib.h>

/* Appends the view's bytes to the record and returns a view of the copy. An absent view stays
 * absent. */
static struct str append(struct record *record, struct str view)
{
    if (!view.at)
        return view;
    if (view.len)
        memcpy(record->end, view.at, view.len);
    struct str copy = {.at = record->end, .len = view.len};
    record->end += view.len;
    return copy;
}

struct record *record_new(const struct origin *origin, struct str key, struct str value,
                          size_t headers_max, size_t header_bytes)
{
    size_t headers_len = headers_max * sizeof(struct record_header);
    /* One byte more, so that no view points past the end of the block. */
    size_t bytes = key.len + value.len + header_bytes + 1;
    struct record *record = malloc(sizeof(*record) + headers_len + bytes);
    if (!record)
        abort();
    struct record_header *headers = (struct record_header *)(record + 1);
    *record = (struct record){
        .origin = *origin,
        .headers = headers,
        .end = (char *)(headers + headers_max),
    };
    record->key = append(record, key);
    record->value = append(record, value);
    return record;
}

void record_add_header(struct record *record, const struct record_header *header)
{
    struct record_header *place = (struct record_header *)(record + 1) + record->header_count++;
    place->name = append(record, header->name);
    place->value = append(record, header->value);
}
