#include "io/postgres/statement.h"

#include <assert.h>

const struct statement *statement_at(size_t at)
{
    switch ((enum postgres_statement)at) {
#define STATEMENT(NAME, name)                                                                      \
    case POSTGRES_##NAME:                                                                          \
        return name##_statement();
#include "io/postgres/statements.def"
#undef STATEMENT
    }
    assert(!"a number that is no statement");
    return NULL;
}
