#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "server.h"

struct options {
    uint16_t port;
    uint64_t seed;
    int64_t latency_ms;
    enum rotation rotation;
};

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

static const char usage[] =
    "usage: wechat-simulator [--port N] [--seed S] [--latency-ms L] [--rotate]\n"
    "A stand-in for WeChat's third-party platform on 127.0.0.1, for tests.\n"
    "  --port N        listen there (0, the default: any)\n"
    "  --seed S        another seed issues other tokens (default 1)\n"
    "  --latency-ms L  how long each reply waits (default 0)\n"
    "  --rotate        every answer carries a new refresh token\n";

static bool read_number(uint64_t *number, const char *text, uint64_t max)
{
    char *end = NULL;
    unsigned long long read = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || read > max)
        return false;
    *number = read;
    return true;
}

static bool read_option(struct options *options, int option, const char *text)
{
    uint64_t number = 0;
    switch (option) {
    case 'p':
        if (!read_number(&number, text, UINT16_MAX))
            return false;
        options->port = (uint16_t)number;
        return true;
    case 's':
        return read_number(&options->seed, text, UINT64_MAX);
    case 'l':
        if (!read_number(&number, text, 60000))
            return false;
        options->latency_ms = (int64_t)number;
        return true;
    case 'r':
        options->rotation = REFRESH_ROTATES;
        return true;
    default:
        return false;
    }
}

/* Returns an exit status, or -1 to go on. */
static int read_options(struct options *options, int count, char **words)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 's'},
        {"latency-ms", required_argument, NULL, 'l'},
        {"rotate", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option = 0;
    while ((option = getopt_long(count, words, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_SUCCESS;
        }
        if (!read_option(options, option, optarg)) {
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == count)
        return -1;
    fputs(usage, stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1};
    int status = read_options(&options, argc, argv);
    if (status >= 0)
        return status;

    struct simulator *simulator = simulator_new(options.seed, options.rotation, options.latency_ms);
    struct server server;
    if (!server_open(&server, simulator, options.port)) {
        simulator_free(simulator);
        return EXIT_UNAVAILABLE;
    }
    printf("listening on http://127.0.0.1:%u\n", server_port(&server));
    (void)fflush(stdout);
    server_run(&server);
    server_close(&server);
    simulator_free(simulator);
    return EXIT_SUCCESS;
}
