/*
 * Reads the envelope of an event: which of the three encodings a record has, its type, and where
 * its data is.
 *
 * The rules are those of CloudEvents 1.0 and its Kafka binding. A record is in structured mode if
 * its content-type starts with application/cloudevents+json, and in binary mode if it has a header
 * ce_specversion. Any other record is plain JSON. Batched mode and other spec versions are refused.
 * Header names are compared exactly, because Kafka's are case-sensitive and the binding's are in
 * lower case. Media types are compared in any case. If several headers have the same name, the last
 * one counts. In structured mode, the data may also be JSON in data_base64.
 */
#pragma once

#include "base/err.h"
#include "model/dead.h"
#include "model/record.h"

struct json_object;

struct cloudevent {
    struct str type;          /* at == NULL: plain JSON. Lives as long as record and `root` */
    struct str traceparent;   /* at == NULL: none in W3C's format. Lives as long as the type */
    struct json_object *data; /* the object to read members from; borrowed from root */
    struct json_object *root; /* the parsed value; the caller releases it with json_object_put */
};

/* Returns false if the record cannot be decoded. Then *dead says why, and there is nothing to
 * release. */
MUST_USE bool cloudevent_decode(struct cloudevent *event, const struct record *record,
                                struct dead *dead);
