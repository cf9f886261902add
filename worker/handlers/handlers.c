#include "handlers/handler.h"

#include <assert.h>

const struct handler *handler_of(enum input_kind kind)
{
    switch (kind) {
#define HANDLER(KIND, file)                                                                        \
    case INPUT_##KIND:                                                                             \
        return file##_handler();
#include "handlers/handlers.def"
#undef HANDLER
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
