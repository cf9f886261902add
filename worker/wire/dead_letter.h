/*
 * Turns a record that can never succeed into its dead letter: key, value and headers byte for byte,
 * plus the headers that proto/README.md defines.
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
    int32_t errcode; /* 0: WeChat refused nothing */
    struct str rid;
    bool without_value; /* too large for the dead-letter topic: wxtoken-dlq-truncated */
};

/* Returns how many bytes dead_letter_encode needs in its arena for this letter. */
size_t dead_letter_bytes(const struct dead_letter *letter);

/* Encodes the dead letter. Everything new in *message lives in `into`. Key, value and old headers
 * are views of the record. */
void dead_letter_encode(struct message *message, struct arena *into,
                        const struct dead_letter *letter);
