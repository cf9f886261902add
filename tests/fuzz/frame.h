/*
 * A Kafka record as the bytes of a fuzz input, so that a person can read and write one:
 *
 *     refresh-due 1770000000500 wxdefault wxc/wxa
 *     content-type: application/cloudevents+json
 *     ce_traceparent
 *
 *     {"specversion":"1.0", …
 *
 * The first line has the topic ("refresh-due"; anything else is authorization-changed), the
 * record's timestamp in unix ms ("-": none), component.appid of the settings ("-": none), and the
 * key up to the end of the line. Words that are missing at the end are absent. Headers follow, one
 * per line; a line without ": " is a null header. After a blank line the value follows, up to the
 * end of the bytes; without a blank line the value is null. Headers beyond FRAME_HEADERS_MAX are
 * dropped.
 *
 * Ownership: each view is a separate heap block (see fuzz.h); frame_done frees them.
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

/* Takes header lines off the bytes, up to and including the blank line. Returns false if there is
 * no blank line. */
bool frame_take_headers(struct frame *frame, struct str *bytes);
