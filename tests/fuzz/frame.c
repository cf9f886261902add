#include "fuzz/frame.h"

#include <string.h>

static void add_header(struct frame *frame, struct str line)
{
    if (frame->record.header_count == FRAME_HEADERS_MAX)
        return;
    const char *colon = memmem(line.at, line.len, ": ", 2);
    struct str name = {.at = line.at, .len = colon ? (size_t)(colon - line.at) : line.len};
    struct str value = {0};
    if (colon)
        value = (struct str){.at = colon + 2, .len = line.len - name.len - 2};
    frame->headers[frame->record.header_count++] = (struct record_header){
        .name = exact_copy(name),
        .value = exact_copy(value),
    };
}

bool frame_take_headers(struct frame *frame, struct str *bytes)
{
    frame->record.headers = frame->headers;
    while (bytes->len) {
        struct str line = cut_off(bytes, '\n');
        if (!line.len)
            return true;
        add_header(frame, line);
    }
    return false;
}

static bool is_given(struct str word)
{
    return word.len && !str_equal(word, STR("-"));
}

static void take_first_line(struct frame *frame, struct str line)
{
    struct str topic = cut_off(&line, ' ');
    struct str timestamp = cut_off(&line, ' ');
    struct str component = cut_off(&line, ' ');
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        if (str_equal(topic, input_name(kind)))
            frame->rules.topic_kind = kind; /* or stays the first */
    if (is_given(timestamp))
        (void)str_to_int64(timestamp, &frame->record.origin.timestamp_ms); /* or stays as it was */
    if (is_given(component))
        (void)appid_set(&frame->rules.component, component); /* none, if it is no appid */
    if (line.len)
        frame->record.key = exact_copy(line);
}

void frame_init(struct frame *frame, struct str bytes)
{
    *frame = (struct frame){.record.origin = {.topic = STR("t"), .timestamp_ms = -1}};
    take_first_line(frame, cut_off(&bytes, '\n'));
    if (frame_take_headers(frame, &bytes))
        frame->record.value = exact_copy(bytes);
}

void frame_done(struct frame *frame)
{
    for (size_t i = 0; i < frame->record.header_count; i++) {
        exact_free(frame->headers[i].name);
        exact_free(frame->headers[i].value);
    }
    exact_free(frame->record.key);
    exact_free(frame->record.value);
}
