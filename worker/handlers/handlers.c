#include "handlers/handler.h"

#include <assert.h>

const struct handler *handler_of(enum input_kind kind)
{
    switch (kind) {
#define INPUT(KIND, name, topic, meaning)                                                          \
    case INPUT_##KIND:                                                                             \
        return name##_handler();
#include "model/inputs.def"
#undef INPUT
    }
    assert(!"a kind of event without a handler");
    return NULL;
}

struct str outcome_word(enum outcome outcome)
{
    static const struct str words[] = {
#define OUTCOME(name, word) [OUTCOME_##name] = {.at = word, .len = sizeof(word) - 1},
#include "handlers/outcomes.def"
#undef OUTCOME
    };
    return words[outcome];
}
