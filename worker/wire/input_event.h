/*
 * Decodes a Kafka record into a struct input. The record is CloudEvents 1.0 in structured or binary
 * mode, or plain JSON, whose type follows from its topic.
 *
 * Pure apart from json-c. Views in the result point into `scratch`, which the caller keeps as long
 * as the input: the parsed JSON is freed when decoding ends. A record that cannot be decoded gets a
 * reason, which its dead letter carries. The message names the member and never quotes a secret.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/dead.h"
#include "model/input.h"
#include "model/record.h"

enum {
    RECORD_VALUE_MAX = 64 * 1024, /* bytes; anything larger is dead as too-large */
    INPUT_BYTES_MAX = CODE_LEN_MAX + 256,
};

struct input_rules {
    struct appid component;     /* of an event that names none; may be unknown */
    enum input_kind topic_kind; /* the type of plain JSON on the record's topic */
};

/* Returns false if the record cannot be decoded; *dead then says why. An info type that is not ours
 * is decoded as INFO_OTHER, and the handler ends such a job at once. */
MUST_USE bool input_event_decode(struct input *input, struct arena *scratch,
                                 const struct record *record, const struct input_rules *rules,
                                 struct dead *dead);
