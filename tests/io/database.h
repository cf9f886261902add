/*
 * A PostgreSQL server of a test's own: tests/support/private_postgres as a child, in a folder that goes with it.
 *
 * Failing to start one fails the test. Stopped and started again it has the same port and data. Runs in the source folder.
 */
#pragma once

#include <sys/types.h>

struct database {
    pid_t pid;     /* of the script; 0: stopped */
    char dir[64];  /* made and removed by us */
    char url[128]; /* of the server, known once it has been started */
    char port[8];
};

void database_start(struct database *database);
void database_stop(struct database *database);

/* Stops it and removes its folder. */
void database_remove(struct database *database);
