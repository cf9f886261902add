/*
 * Why a record can never succeed: a word for programs, a sentence for people. Secrets never go into the sentence.
 */
#pragma once

#include "base/str.h"

enum dead_reason {
#define DEAD(name, word) DEAD_##name,
#include "model/dead_reasons.def"
#undef DEAD
};

struct dead {
    enum dead_reason reason;
    char message[200]; /* terminated */
};
