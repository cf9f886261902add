#include "handlers/handler.h"

#include <assert.h>

#include "handlers/errcode.h"

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

bool handler_passes(const struct work *work)
{
    if (work->answer.kind == ANSWER_REFUSED)
        return errcode_passes(work->call, work->answer.errcode);
    return work->answer.kind == ANSWER_DONE;
}

bool handler_says_withdrawn(const struct work *work)
{
    return work->answer.kind == ANSWER_REFUSED &&
           errcode_class(work->call, work->answer.errcode) == CLASS_NOT_AUTHORIZED;
}

struct str handler_errcode_text(enum wechat_call call, int32_t errcode)
{
    return errcode_text(call, errcode);
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
