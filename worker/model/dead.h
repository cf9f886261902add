/*
 * The reason why a record can never succeed: a word for programs, and a sentence for people. The
 * sentence never contains a secret.
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
