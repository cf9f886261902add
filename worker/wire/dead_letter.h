/*
 * A record that can never succeed -> its dead letter: key, value and headers byte for byte, and the
 * contract's headers.
 */
#pragma once

#include "base/arena.h"
#include "model/dead.h"
#include "model/message.h"
#include "model/record.h"

struct dead_letter {
    const struct record *record;
    const struct dead *dead;
    uint32_t attempts;
    int32_t errcode; /* 0: WeChat did not answer */
    struct str rid;
    bool without_value; /* too large for the dead-letter topic: wxtoken-dlq-truncated */
};

/* Bytes that dead_letter_encode needs in its arena for this record. */
size_t dead_letter_bytes(const struct dead_letter *letter);

/* Everything new in *message lives in `into`; key, value and old headers are views of the record.
 * */
void dead_letter_encode(struct message *message, struct arena *into,
                        const struct dead_letter *letter);
