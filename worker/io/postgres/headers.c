#include "io/postgres/headers.h"

#include <endian.h>

enum { NUMBER_BYTES = 4 };

static const uint32_t null = UINT32_MAX;

size_t headers_bytes(const struct record *record)
{
    size_t bytes = NUMBER_BYTES;
    for (size_t i = 0; i < record->header_count; i++)
        bytes += 2 * NUMBER_BYTES + record->headers[i].name.len + record->headers[i].value.len;
    return bytes;
}

static char *write_number(char *to, uint32_t number)
{
    uint32_t bits = htobe32(number);
    memcpy(to, &bits, sizeof(bits));
    return to + sizeof(bits);
}

static char *write_view(char *to, struct str view)
{
    if (!view.at)
        return write_number(to, null);
    to = write_number(to, (uint32_t)view.len);
    memcpy(to, view.at, view.len);
    return to + view.len;
}

void headers_write(char *to, const struct record *record)
{
    to = write_number(to, (uint32_t)record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        to = write_view(to, record->headers[i].name);
        to = write_view(to, record->headers[i].value);
    }
}

/* This function and those below move *bytes past what they read. They return false if there are too
 * few bytes. */
static bool read_number(uint32_t *number, struct str *bytes)
{
    if (bytes->len < NUMBER_BYTES)
        return false;
    memcpy(number, bytes->at, NUMBER_BYTES);
    *number = be32toh(*number);
    *bytes = (struct str){.at = bytes->at + NUMBER_BYTES, .len = bytes->len - NUMBER_BYTES};
    return true;
}

static bool read_view(struct str *view, struct str *bytes)
{
    uint32_t len;
    *view = (struct str){0};
    if (!read_number(&len, bytes))
        return false;
    if (len == null)
        return true;
    if (len > bytes->len)
        return false;
    *view = (struct str){.at = bytes->at, .len = len};
    *bytes = (struct str){.at = bytes->at + len, .len = bytes->len - len};
    return true;
}

static bool read_header(struct record_header *header, struct str *bytes)
{
    return read_view(&header->name, bytes) && header->name.at && read_view(&header->value, bytes);
}

bool headers_count(size_t *count, struct str bytes)
{
    uint32_t announced;
    if (!read_number(&announced, &bytes))
        return false;
    struct record_header header;
    for (uint32_t i = 0; i < announced; i++) {
        if (!read_header(&header, &bytes))
            return false;
    }
    if (bytes.len)
        return false;
    *count = announced;
    return true;
}

void headers_read(struct record *record, struct str bytes)
{
    uint32_t count = 0;
    (void)read_number(&count, &bytes); /* headers_count has checked all of it */
    for (uint32_t i = 0; i < count; i++) {
        struct record_header header;
        (void)read_header(&header, &bytes);
        record_add_header(record, &header);
    }
}
