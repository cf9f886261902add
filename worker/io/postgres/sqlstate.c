#include "io/postgres/sqlstate.h"

#include <string.h>

#include "base/count.h"

static const struct {
    const char *prefix;
    enum sqlstate_meaning meaning;
} rows[] = {
    {"08", SQLSTATE_AWAY},      /* connection exceptions */
    {"0A", SQLSTATE_AWAY},      /* the plan has an old result type: a new session plans again */
    {"25006", SQLSTATE_AWAY},   /* read only: no longer the primary */
    {"26", SQLSTATE_AWAY},      /* a prepared statement has been dropped under us */
    {"28", SQLSTATE_AWAY},      /* not allowed to connect */
    {"3F", SQLSTATE_AWAY},      /* no schema (yet) */
    {"40001", SQLSTATE_REPEAT}, /* serialization failure */
    {"40P01", SQLSTATE_REPEAT}, /* deadlock */
    {"42", SQLSTATE_AWAY},      /* no table or no right: the row is not at fault */
    {"53", SQLSTATE_AWAY},      /* too many connections, disk full, out of memory */
    {"55P03", SQLSTATE_REPEAT}, /* lock not available in time */
    {"57014", SQLSTATE_REPEAT}, /* cancelled */
    {"57P0", SQLSTATE_AWAY},    /* shutting down, crashed, starting */
    {"58", SQLSTATE_AWAY},      /* an error of the system below PostgreSQL */
};

enum sqlstate_meaning sqlstate_meaning(const PGresult *error)
{
    const char *state = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    if (!state)
        return SQLSTATE_AWAY; /* libpq's own error: it could not talk to the server */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strncmp(state, rows[i].prefix, strlen(rows[i].prefix)) == 0)
            return rows[i].meaning;
    }
    return SQLSTATE_ROW;
}
