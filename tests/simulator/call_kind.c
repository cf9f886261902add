#include "call_kind.h"

#include <string.h>

const struct call_spec *call_spec(enum call_kind kind)
{
    static const struct call_spec specs[] = {
#define CALL(kind, called, ...) [CALL_##kind] = {.name = called, .members = __VA_ARGS__},
#include "calls.def"
#undef CALL
    };
    return &specs[kind];
}

bool call_shows_secret(enum call_kind kind)
{
    return kind == CALL_COMPONENT_TOKEN || kind == CALL_START_PUSH_TICKET;
}

enum call_kind call_kind_find(const char *name)
{
    for (unsigned kind = 0; kind < CALL_KINDS; kind++)
        if (strcmp(call_spec((enum call_kind)kind)->name, name) == 0)
            return (enum call_kind)kind;
    return CALL_KINDS;
}
