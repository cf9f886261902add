/*
 * What the tests of roles share: a cluster with users, of which each has one role or none, and migrating as one of them.
 *
 * a_worker, a_reader and a_component log in and get the role of that name; a_stranger has none; a_migrator may
 * make schemas in the database "own", and no more. Roles belong to the whole cluster, so each test begins without them.
 */
#pragma once

#include <libpq-fe.h>

#include "base/str.h"

/* cmocka's fixtures: once per binary; before a test; before a test that needs a migrated database "postgres". */
int roles_start(void **state);
int roles_stop(void **state);
int roles_begin(void **state);
int roles_begin_migrated(void **state);

struct url {
    char at[128];
};

struct url url_of(const char *user, const char *database);
PGconn *connect_as(const char *user, const char *database);

/* The SQLSTATE of what came of it, "" where all went well; written to `state`. */
const char *state_after(char state[6], PGconn *conn, const char *sql);

/* As a superuser. */
void run(const char *sql);
int count_in(const char *database, const char *sql);

/* How many of the three roles there are, none of which may log in. */
int count_roles(void);

/* What the migration printed, which the caller frees; NULL where it failed. */
char *said_migrating_as(const char *user, const char *database);
bool migrate_as(const char *user, const char *database);
