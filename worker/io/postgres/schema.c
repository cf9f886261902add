#include "io/postgres/schema.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/count.h"
#include "io/postgres/connection.h"
#include "io/postgres/sqlstate.h"

/* One row for each file of schema/, in order. The build writes the rows. */
static const struct {
    int number;
    const char *name, *sql;
} files[] = {
#define SCHEMA_FILE(number, name, text) {number, name, text},
#include "schema_files.def"
#undef SCHEMA_FILE
};

enum { FILES_COUNT = COUNT_OF(files) };

/* The advisory lock for migrating. Any number that nobody else takes would do; this is "wxtoken" in
 * ASCII. */
#define MIGRATION_LOCK "33627963709416814"

int schema_version_known(void)
{
    return files[FILES_COUNT - 1].number;
}

/* An error that keeps the database from answering may pass: ERR_UNAVAILABLE. A refusal will not
 * pass: ERR_CONFIG. */
static bool refused(const PGresult *error, struct err *err)
{
    char memory[300];
    struct text why = TEXT_IN(memory);
    connection_error(&why, error);
    const char *state = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    bool lasting = state && strncmp(state, "42", 2) == 0;
    bool away = !lasting && sqlstate_meaning(error) != SQLSTATE_ROW;
    return err_set(err, away ? ERR_UNAVAILABLE : ERR_CONFIG, "the database said: %s",
                   text_terminated(&why));
}

static bool run(PGconn *conn, const char *sql, struct err *err)
{
    CLEANUP(connection_clearp) PGresult *result = PQexec(conn, sql);
    return PQresultStatus(result) == PGRES_COMMAND_OK ||
           PQresultStatus(result) == PGRES_TUPLES_OK || refused(result, err);
}

static bool unreachable(const PGconn *conn, struct err *err)
{
    char memory[300];
    struct text why = TEXT_IN(memory);
    connection_trouble(&why, conn);
    return err_set(err, ERR_UNAVAILABLE, "could not reach the database: %s", text_terminated(&why));
}

/* As in session_settings.def: every name means PostgreSQL's own, in the files of schema/ too. */
static bool set_search_path(PGconn *conn, struct err *err)
{
    return run(conn, "SET search_path = pg_catalog, pg_temp", err);
}

static PGconn *connect_to(const char *conninfo, struct err *err)
{
    if (!connection_string_check(conninfo, err))
        return NULL;
    CLEANUP(connection_finishp) PGconn *conn = connection_make(conninfo);
    if (PQstatus(conn) != CONNECTION_OK) {
        (void)unreachable(conn, err);
        return NULL;
    }
    return set_search_path(conn, err) ? TAKE(conn) : NULL;
}

/* Returns the answer to a query with text parameters, or NULL on an error. */
static PGresult *ask(PGconn *conn, const char *sql, const char *const *values, int count,
                     struct err *err)
{
    PGresult *result = PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    (void)refused(result, err);
    PQclear(result);
    return NULL;
}

static bool has_versions(PGconn *conn, bool *has, struct err *err)
{
    CLEANUP(connection_clearp)
    PGresult *result = ask(conn, "SELECT to_regclass('wxtoken.schema_version') IS NOT NULL", NULL,
                           0, err);
    if (!result)
        return false;
    *has = PQgetvalue(result, 0, 0)[0] == 't';
    return true;
}

/* Returns true if the database has the same file that we have, or does not have it yet. */
static bool compare_checksum(PGconn *conn, int at, struct err *err)
{
    static const char question[] =
        "SELECT number"
        "  FROM wxtoken.schema_version"
        " WHERE number = $1::integer"
        "   AND checksum <> encode(sha256(convert_to($2, 'UTF8')), 'hex')";
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", files[at].number);
    const char *values[] = {number, files[at].sql};
    CLEANUP(connection_clearp) PGresult *result = ask(conn, question, values, 2, err);
    if (!result)
        return false;
    if (PQntuples(result) > 0)
        return err_set(err, ERR_CONFIG, "the database has another %s than this program",
                       files[at].name);
    return true;
}

static bool read_version(PGconn *conn, int *version, struct err *err)
{
    bool has = false;
    if (!has_versions(conn, &has, err))
        return false;
    if (!has) {
        *version = 0;
        return true;
    }
    for (int at = 0; at < FILES_COUNT; at++) {
        if (!compare_checksum(conn, at, err))
            return false;
    }
    CLEANUP(connection_clearp)
    PGresult *result = ask(conn, "SELECT coalesce(max(number), 0) FROM wxtoken.schema_version",
                           NULL, 0, err);
    if (!result)
        return false;
    int64_t number = 0;
    if (!str_to_int64(str_of(PQgetvalue(result, 0, 0)), &number))
        return err_set(err, ERR_BUG, "cannot read the schema's version");
    *version = (int)number; /* fits: the column is an integer */
    return true;
}

bool schema_version_of(int *version, const char *conninfo, struct err *err)
{
    CLEANUP(connection_finishp) PGconn *conn = connect_to(conninfo, err);
    return conn && read_version(conn, version, err);
}

static bool refuse_newer(int version, struct err *err)
{
    if (version <= schema_version_known())
        return true;
    return err_set(err, ERR_CONFIG, "the database's schema %d is newer than this program's %d",
                   version, schema_version_known());
}

static bool remember(PGconn *conn, int at, struct err *err)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", files[at].number);
    const char *values[] = {number, files[at].name, files[at].sql};
    CLEANUP(connection_clearp)
    PGresult *result = ask(
        conn,
        "INSERT INTO wxtoken.schema_version (number, name, checksum)"
        " VALUES ($1::integer, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))"
        " RETURNING number",
        values, 3, err);
    return result;
}

/* Applies a file within the transaction, if it is missing; *applied says whether it was. */
static bool apply_lacking(PGconn *conn, int at, bool *applied, struct err *err)
{
    int version = 0;
    if (!run(conn, "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")", err) ||
        !read_version(conn, &version, err) || !refuse_newer(version, err))
        return false;
    *applied = version < files[at].number;
    if (!*applied)
        return true;
    if (!run(conn, files[at].sql, err) || !remember(conn, at, err))
        return err_prefix(err, "%s", files[at].name);
    return true;
}

/* The lock belongs to the transaction, so it is released however this ends. */
static bool apply(PGconn *conn, int at, FILE *out, struct err *err)
{
    bool applied = false;
    if (!run(conn, "BEGIN ISOLATION LEVEL READ COMMITTED", err) ||
        !apply_lacking(conn, at, &applied, err) || !run(conn, "COMMIT", err))
        return false; /* closing the connection rolls back */
    if (applied)
        (void)fprintf(out, "applied %s\n", files[at].name);
    return true;
}

/* Prints the notices that a file raises. The server's own ("already exists, skipping") have other
 * SQLSTATEs. */
static void print_notice(void *out, const PGresult *notice)
{
    const char *state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(notice, PG_DIAG_MESSAGE_HINT);
    if (state && message && strcmp(state, "00000") == 0)
        (void)fprintf(out, "notice: %s. %s\n", message, hint ? hint : "");
}

bool schema_migrate(const char *conninfo, FILE *out, struct err *err)
{
    CLEANUP(connection_finishp) PGconn *conn = connect_to(conninfo, err);
    if (!conn)
        return false;
    (void)PQsetNoticeReceiver(conn, print_notice, out);
    for (int at = 0; at < FILES_COUNT; at++) {
        if (!apply(conn, at, out, err))
            return false;
    }
    return true;
}

bool schema_check(const char *conninfo, struct err *err)
{
    int version = 0;
    if (!schema_version_of(&version, conninfo, err) || !refuse_newer(version, err))
        return false;
    if (version < schema_version_known())
        return err_set(
            err, ERR_CONFIG,
            "the database's schema %d is older than this program's %d: run wxtoken migrate",
            version, schema_version_known());
    return true;
}

bool schema_check_component(const char *conninfo, const char *component_appid, char *trouble,
                            int trouble_max, struct err *err)
{
    static const char question[] =
        "SELECT CASE"
        "       WHEN coalesce(component_access_token, '') = '' THEN 'token missing'"
        "       WHEN expires_at < now() THEN 'token expired at '"
        "            || to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        "       ELSE ''"
        "       END"
        "  FROM wxtoken.component"
        " WHERE component_appid = $1";
    CLEANUP(connection_finishp) PGconn *conn = connect_to(conninfo, err);
    if (!conn)
        return false;
    CLEANUP(connection_clearp) PGresult *result = ask(conn, question, &component_appid, 1, err);
    if (!result)
        return false;
    bool has_row = PQntuples(result) > 0;
    (void)snprintf(trouble, (size_t)trouble_max, "%s",
                   has_row ? PQgetvalue(result, 0, 0) : "row missing");
    return true;
}
