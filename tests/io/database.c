#include "io/database.h"

#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t spawn(const char *const *arguments, int *output)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that crashes leaves no server behind */
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execvp(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    *output = ends[0];
    return pid;
}

/* Reads up to the end of a line, which is left out. */
static void read_line(char *line, size_t max, int from)
{
    size_t len = 0;
    while (len + 1 < max && read(from, line + len, 1) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
}

void database_start(struct database *database)
{
    if (!*database->dir) {
        (void)snprintf(database->dir, sizeof(database->dir), "/tmp/wxtoken-test-XXXXXX");
        assert_non_null(mkdtemp(database->dir));
        (void)snprintf(database->port, sizeof(database->port), "0");
    }
    const char *arguments[] = {"tests/support/private_postgres",
                               "--no-fsync",
                               "--port",
                               database->port,
                               database->dir,
                               NULL};
    int output;
    database->pid = spawn(arguments, &output);
    read_line(database->url, sizeof(database->url), output);
    (void)close(output);
    const char *port = strrchr(database->url, ':');
    assert_non_null(port);
    (void)snprintf(database->port, sizeof(database->port), "%.*s", (int)strcspn(port + 1, "/"),
                   port + 1);
}

void database_stop(struct database *database)
{
    if (!database->pid)
        return;
    (void)kill(database->pid, SIGTERM);
    (void)waitpid(database->pid, NULL, 0);
    database->pid = 0;
}

void database_remove(struct database *database)
{
    database_stop(database);
    const char *arguments[] = {"rm", "-rf", database->dir, NULL};
    int output;
    (void)waitpid(spawn(arguments, &output), NULL, 0);
    (void)close(output);
}
