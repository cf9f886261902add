/*
 * A Kafka record as the bytes of a fuzz input, so that a person can read and write one:
 *
 *     refresh-due 1770000000500 wxdefault wxc/wxa
 *     content-type: application/cloudevents+json
 *     ce_traceparent
 *
 *     {"specversion":"1.0", …
 *
 * The first line has the topic ("refresh-due"; all else is authorization-changed), the record's
 * timestamp in unix ms ("-": none), component.appid of the settings ("-": none) and the key, to the
 * end of the line; what is missing behind is absent. Then headers, one a line; one without ": " is
 * a null header. A blank line, and the value to the end of the bytes; without the blank line the
 * value is null. Headers beyond FRAME_HEADERS_MAX are dropped.
 *
 * Ownership: every view is a heap block of its own (see fuzz.h); frame_done frees them.
 */
#pragma once

#include "fuzz/fuzz.h"
#include "model/record.h"
#include "wire/input_event.h"

enum { FRAME_HEADERS_MAX = 64 };

struct frame {
    struct record record;
    struct input_rules rules;
    struct record_header headers[FRAME_HEADERS_MAX];
};

void frame_init(struct frame *frame, struct str bytes);
void frame_done(struct frame *frame);

/* Takes header lines off the bytes, up to and with the blank line; false where there is none. */
bool frame_take_headers(struct frame *frame, struct str *bytes);
