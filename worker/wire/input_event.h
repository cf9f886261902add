/*
 * Kafka record -> struct input: CloudEvents 1.0 in structured and binary mode, and plain JSON whose
 * type is its topic's.
 *
 * Pure apart from json-c. Views in the result point into the record or into `scratch`, which the
 * caller keeps as long as the input (JSON strings with escapes, and strings of structured mode,
 * have no bytes of their own in the record). What cannot be taken is told with a reason that the
 * dead letter carries; the message names the member and never quotes a secret.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/dead.h"
#include "model/input.h"
#include "model/record.h"

enum {
    RECORD_VALUE_MAX = 64 * 1024, /* bytes; above: too-large */
    INPUT_BYTES_MAX = CODE_LEN_MAX + 256,
};

struct input_rules {
    struct appid component;     /* of an event that names none; may be unknown */
    enum input_kind topic_kind; /* the type of plain JSON on the record's topic */
};

/* False: *dead says why. Also decodes info types that are not ours (INFO_OTHER): the handler counts
 * them. */
MUST_USE bool input_event_decode(struct input *input, struct arena *scratch,
                                 const struct record *record, const struct input_rules *rules,
                                 struct dead *dead);
