/*
 * Shared by the tests of roles: a cluster with users who have one role or none, and migrating as
 * one of them.
 *
 * a_worker, a_reader and a_component log in and have the role of that name. a_stranger has no role.
 * a_migrator may create schemas in the database "own", and nothing else. Roles belong to the whole
 * cluster, so each test begins without them.
 */
#pragma once

#include <libpq-fe.h>

#include "base/str.h"

/* cmocka's fixtures: start and stop once per binary; begin before a test; begin_migrated before a
 * test that needs a migrated database "postgres". */
int roles_start(void **state);
int roles_stop(void **state);
int roles_begin(void **state);
int roles_begin_migrated(void **state);

struct url {
    char at[128];
};

struct url url_of(const char *user, const char *database);
PGconn *connect_as(const char *user, const char *database);

/* Runs the SQL and writes its SQLSTATE to `state`; "" if it succeeded. Returns `state`. */
const char *state_after(char state[6], PGconn *conn, const char *sql);

/* Both run as a superuser. */
void run(const char *sql);
int count_in(const char *database, const char *sql);

/* How many of the three roles exist and may not log in. */
int count_roles(void);

/* Migrates and returns what the migration printed; NULL if it failed. The caller frees it. */
char *said_migrating_as(const char *user, const char *database);
bool migrate_as(const char *user, const char *database);
