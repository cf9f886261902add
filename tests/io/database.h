/*
 * A PostgreSQL server for one test: tests/support/private_postgres as a child process, with a
 * folder that is removed with it.
 *
 * If the server does not start, the test fails. A server that is stopped and started again keeps
 * its port and its data. The test must run in the source folder.
 */
#pragma once

#include <sys/types.h>

struct database {
    pid_t pid;     /* of the script; 0: stopped */
    char dir[64];  /* made and removed here */
    char url[128]; /* of the server; known after the first start */
    char port[8];
};

void database_start(struct database *database);
void database_stop(struct database *database);

/* Stops the server and removes its folder. */
void database_remove(struct database *database);
