/*
 * wxtoken: from the command line to a command and its exit status.
 */
#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/complain.h"
#include "log.h"
#include "settings/load.h"

#ifndef WXTOKEN_VERSION
#define WXTOKEN_VERSION "0.0.0"
#endif

enum { OPTIONS_MAX = 256 };

enum flag_value { FLAG_HELP = 256, FLAG_VERSION, FLAG_OF_COMMAND };

enum request_kind { REQUEST_RUN, REQUEST_RUN_FLAG, REQUEST_HELP, REQUEST_VERSION };

/* What the command line asks for. The strings are views into argv. */
struct request {
    enum request_kind kind;
    const struct command *command; /* NULL: the program itself (help, version) */
    const char *file;
    const char *options[OPTIONS_MAX];
    size_t option_count;
};

/* Memory holds tokens, so it must not be written to a disk when the process dies, whatever the
 * system's core pattern is. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak check has to look into the process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* A failed assertion is a bug of ours, and has already said which. Ends the process with the status
 * for a bug. */
static void end_as_bug(int signal_number)
{
    (void)signal_number;
    _exit(EX_SOFTWARE);
}

static void print_help(void)
{
    (void)puts("usage: wxtoken COMMAND [-c FILE] [-o KEY=VALUE]...\n"
               "\n"
               "Keeps the tokens of WeChat authorizers fresh, driven by events.\n");
    for (size_t i = 0; i < commands_count(); i++)
        (void)printf("  %-10s %s\n", command_at(i)->name, command_at(i)->summary);
    (void)puts("\n"
               "  -c FILE       read settings from FILE: \"key = value\" lines, \"#\" comments\n"
               "  -o KEY=VALUE  set one setting; may be given several times\n"
               "  --help        print this help, or the help of a command\n"
               "  --version     print the version\n"
               "\n"
               "-o overrides the environment, and the environment overrides the file. In the\n"
               "environment, the setting worker.hold_max_ms is WXTOKEN_WORKER_HOLD_MAX_MS.\n"
               "\n"
               "\"wxtoken config\" prints all settings.");
}

static void print_command_help(const struct command *command)
{
    (void)printf("usage: wxtoken %s [-c FILE] [-o KEY=VALUE]...", command->name);
    if (command->flag)
        (void)printf(" [--%s]", command->flag);
    (void)printf("\n\n%s", command->text);
    if (command->flag)
        (void)printf("\n  --%-11s %s\n", command->flag, command->flag_summary);
}

/* Takes one of getopt's options. Returns false if it is wrong. */
static bool read_option(struct request *request, int option, struct err *err)
{
    switch (option) {
    case 'c':
        request->file = optarg;
        return true;
    case 'o':
        if (!strchr(optarg, '=') || *optarg == '=')
            return err_set(err, ERR_USAGE, "-o takes KEY=VALUE");
        if (request->option_count == OPTIONS_MAX)
            return err_set(err, ERR_USAGE, "-o may be given %d times", OPTIONS_MAX);
        request->options[request->option_count++] = optarg;
        return true;
    case FLAG_HELP:
        request->kind = REQUEST_HELP;
        return true;
    case FLAG_VERSION:
        request->kind = REQUEST_VERSION;
        return true;
    case FLAG_OF_COMMAND:
        request->kind = REQUEST_RUN_FLAG;
        return true;
    default:
        return err_set(err, ERR_USAGE, "cannot parse the options");
    }
}

/* Parses the options after the command's name, which is argv[0]. */
static bool parse_options(struct request *request, int argc, char *const *argv, struct err *err)
{
    const struct option names[] = {
        {"help", no_argument, NULL, FLAG_HELP},
        {"version", no_argument, NULL, FLAG_VERSION},
        {request->command->flag, no_argument, NULL, FLAG_OF_COMMAND}, /* NULL ends the list */
        {0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:c:o:", names, NULL)) != -1) {
        if (option == ':')
            return err_set(err, ERR_USAGE, "%s needs a value", argv[optind - 1]);
        if (option == '?')
            return err_set(err, ERR_USAGE, "there is no option \"%s\"", argv[optind - 1]);
        if (!read_option(request, option, err))
            return false;
    }
    if (optind < argc)
        return err_set(err, ERR_USAGE, "one argument too many: \"%s\"", argv[optind]);
    return true;
}

static bool parse(struct request *request, int argc, char *const *argv, struct err *err)
{
    *request = (struct request){0};
    if (argc < 2)
        return err_set(err, ERR_USAGE, "a command is missing");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0) {
        request->kind = argv[1][2] == 'h' ? REQUEST_HELP : REQUEST_VERSION;
        return true;
    }
    request->command = command_find(argv[1]);
    if (!request->command)
        return err_set(err, ERR_USAGE, "there is no command \"%s\"", argv[1]);
    return parse_options(request, argc - 1, argv + 1, err);
}

static void print_lines(const struct problem_lines *lines, const char *prefix)
{
    for (size_t i = 0; i < lines->count; i++)
        (void)fprintf(stderr, "wxtoken: %s%s\n", prefix, lines->at[i]);
    if (lines->left_out > 0)
        (void)fprintf(stderr, "wxtoken: %sand %zu more\n", prefix, lines->left_out);
}

static void log_warnings(const struct settings *settings, const struct problem_lines *warnings)
{
    struct log log;
    log_init(&log, settings->log_level, settings->log_format);
    for (size_t i = 0; i < warnings->count; i++)
        LOG(&log, LEVEL_WARN, "odd setting, going on", LOG_TEXT("detail", warnings->at[i]));
}

static int run(const struct request *request)
{
    const struct command *command = request->command;
    assert(command);
    struct settings_sources sources = {
        .options = request->options,
        .option_count = request->option_count,
        .file = request->file,
        .environment = (const char *const *)environ,
        .need = command->need,
    };
    struct settings settings;
    struct problems problems;
    struct err err;
    int status;
    if (settings_load(&settings, &problems, &sources, &err)) {
        log_warnings(&settings, &problems.warnings);
        status = request->kind == REQUEST_RUN_FLAG ? command->run_flag(&settings)
                                                   : command->run(&settings);
    } else {
        print_lines(&problems.warnings, "warning: ");
        print_lines(&problems.wrongs, "");
        status = command_complain(&err);
    }
    problems_done(&problems);
    settings_done(&settings);
    return status;
}

/* A command whose output could not be written has failed. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    (void)fputs("wxtoken: could not write to standard output\n", stderr);
    return status == EX_OK ? EX_IOERR : status;
}

int main(int argc, char **argv)
{
    forbid_core_dumps();
    /* A connection or a reader that went away is an error like any other. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGABRT, end_as_bug);
    struct request request;
    struct err err;
    if (!parse(&request, argc, argv, &err)) {
        (void)command_complain(&err);
        (void)fputs("wxtoken: try \"wxtoken --help\"\n", stderr);
        return EX_USAGE;
    }

    switch (request.kind) {
    case REQUEST_HELP:
        request.command ? print_command_help(request.command) : print_help();
        return EX_OK;
    case REQUEST_VERSION:
        (void)puts("wxtoken " WXTOKEN_VERSION);
        return EX_OK;
    case REQUEST_RUN:
    case REQUEST_RUN_FLAG:
        return flushed(run(&request));
    }
    return EX_SOFTWARE;
}
