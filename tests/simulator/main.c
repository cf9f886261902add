#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "server.h"

struct options {
    struct in_addr address;
    uint16_t port;
    uint64_t seed;
    int64_t latency_ms;
    enum rotation rotation;
    int64_t now_s; /* < 0: the machine's time */
};

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

static const char usage[] =
    "usage: wechat-simulator [--listen ADDRESS] [--port N] [--seed S] [--latency-ms L]\n"
    "                        [--rotate] [--now S]\n"
    "A stand-in for WeChat's third-party platform, for tests.\n"
    "  --listen A      the IPv4 address to listen on (default 127.0.0.1; 0.0.0.0: all addresses)\n"
    "  --port N        the port to listen on (default 0: any free port)\n"
    "  --seed S        another seed issues other tokens (default 1)\n"
    "  --latency-ms L  how long each reply waits (default 0)\n"
    "  --rotate        every answer has a new refresh token\n"
    "  --now S         the clock stands still at this unix time; /simulator/clock moves it\n"
    "  --help          print this text and lists of calls, control paths and faults\n"
    "When it is ready, it prints one line: \"listening on http://ADDRESS:PORT\". SIGTERM and\n"
    "SIGINT end it with status 0. Status 64: a wrong option; 69: the port is not available.\n";

static const char *const control_paths[] = {
#define ROUTE(method, path, ...) method " " path,
#include "control.def"
#undef ROUTE
};

static void print_help(void)
{
    fputs(usage, stdout);
    puts("\nWeChat's calls:");
    for (unsigned kind = 0; kind < CALL_KINDS; kind++)
        printf("  POST /cgi-bin/component/%s\n", call_spec((enum call_kind)kind)->name);
    puts("\nControl (JSON in and out; see README.md and openapi.yaml):");
    for (size_t i = 0; i < COUNT_OF(control_paths); i++)
        printf("  %s\n", control_paths[i]);
    puts("\nFaults:");
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        const struct fault_spec *spec = fault_spec((enum fault_kind)kind);
        printf("  %-22s %s\n", spec->name, fault_group_name(spec->group));
    }
}

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
    case 'a':
        return inet_pton(AF_INET, text, &options->address) == 1;
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
    case 'n':
        if (!read_number(&number, text, NOW_S_MAX))
            return false;
        options->now_s = (int64_t)number;
        return true;
    case 'r':
        options->rotation = REFRESH_ROTATES;
        return true;
    default:
        return false;
    }
}

/* Returns an exit status, or -1 if the program shall run. */
static int read_options(struct options *options, int count, char **words)
{
    static const struct option known[] = {
        {"listen", required_argument, NULL, 'a'}, {"port", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 's'},   {"latency-ms", required_argument, NULL, 'l'},
        {"rotate", no_argument, NULL, 'r'},       {"now", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int option = 0;
    while ((option = getopt_long(count, words, "h", known, NULL)) != -1) {
        if (option == 'h') {
            print_help();
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
    struct options options = {.seed = 1, .now_s = -1};
    options.address.s_addr = htonl(INADDR_LOOPBACK);
    int status = read_options(&options, argc, argv);
    if (status >= 0)
        return status;

    struct simulator *simulator = simulator_new(options.seed, options.rotation, options.latency_ms);
    if (options.now_s >= 0)
        simulator_stop_clock(simulator, options.now_s * 1000);
    struct server server;
    if (!server_open(&server, simulator, options.address, options.port)) {
        simulator_free(simulator);
        return EXIT_UNAVAILABLE;
    }
    char address[INET_ADDRSTRLEN];
    printf("listening on http://%s:%u\n",
           inet_ntop(AF_INET, &options.address, address, sizeof(address)), server_port(&server));
    (void)fflush(stdout);
    server_run(&server);
    server_close(&server);
    simulator_free(simulator);
    return EXIT_SUCCESS;
}
