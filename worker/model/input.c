#include "model/input.h"

struct str input_name(enum input_kind kind)
{
    static const struct str names[] = {
#define INPUT(KIND, name, topic, meaning) [INPUT_##KIND] = {topic, sizeof(topic) - 1},
#include "model/inputs.def"
#undef INPUT
    };
    return names[kind];
}
