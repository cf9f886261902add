/*
 * The envelope of an event: which of the three encodings a record has, its type, where its data
 * stands.
 *
 * CloudEvents 1.0, Kafka binding: structured mode if content-type starts with
 * application/cloudevents+json, binary mode if there is a ce_specversion header, else plain JSON.
 * Batched mode and other spec versions are refused. Names of headers are compared exactly (Kafka's
 * are case-sensitive, the binding's lower case), media types in any case; of headers of one name
 * the last counts. In structured mode the data may also be JSON in data_base64.
 */
#pragma once

#include "base/err.h"
#include "model/dead.h"
#include "model/record.h"

struct json_object;

struct cloudevent {
    struct str type;          /* at == NULL: plain JSON. Lives as long as record and `root` */
    struct str traceparent;   /* at == NULL: none of W3C's shape. Lives likewise */
    struct json_object *data; /* the object to read members from; borrowed from root */
    struct json_object *root; /* what the value was parsed to; the caller puts it */
};

/* False: *dead says why, and there is nothing to put. */
MUST_USE bool cloudevent_decode(struct cloudevent *event, const struct record *record,
                                struct dead *dead);
