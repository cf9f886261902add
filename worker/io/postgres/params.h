/*
 * A batch as the parameters of its statement: one array per column, in the order of statements.def.
 */
#pragma once

#include "io/postgres/postgres.h"
#include "io/postgres/arrays.h"

/* What the arrays of the largest batch can take: two tokens, the scopes in decimal, names and numbers per row. */
enum { PARAMS_BYTES_MAX = POSTGRES_BATCH_MAX * (2 * TOKEN_LEN_MAX + 13 * SCOPES_MAX + 1024) };

void params_of_loads(struct arrays *arrays, const struct load *loads, size_t count);
void params_of_changes(struct arrays *arrays, const struct change *changes, size_t count);

/* Their memory must hold this much. */
size_t params_bytes_of_parks(const struct park *parks, size_t count);
void params_of_parks(struct arrays *arrays, const struct park *parks, size_t count);
void params_of_unparks(struct arrays *arrays, const struct unpark *unparks, size_t count);
