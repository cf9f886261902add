#include "commands/commands.h"

#include <assert.h>
#include <string.h>

#include "base/count.h"

static const struct command commands[] = {
    {
        .name = "worker",
        .summary = "run until SIGTERM or SIGINT, then drain",
        .text = "Takes authorization-changed and refresh-due from Kafka, calls WeChat, stores "
                "tokens in\n"
                "PostgreSQL and announces them on token-updated. SIGTERM or SIGINT drains, a "
                "second one ends\n"
                "at once.\n",
        .need = NEED_KAFKA,
        .run = command_worker,
    },
    {
        .name = "migrate",
        .summary = "apply what the database's schema lacks",
        .text = "Applies the schema files that the database lacks, in order, each in one "
                "transaction. Safe to\n"
                "run from many processes at once.\n",
        .run = command_migrate,
    },
    {
        .name = "check",
        .summary = "say whether settings, Kafka, PostgreSQL and WeChat's host are usable",
        .text = "Prints one line each: what was looked at, ok or fail, and what was found.\n",
        .need = NEED_KAFKA,
        .run = command_check,
    },
    {
        .name = "health",
        .summary = "ask a running worker whether it is ready: 0 or 1",
        .text = "Asks /readyz at admin.listen and prints the answer. Exits 0 where the worker is "
                "ready, else 1.\n",
        .run = command_health,
    },
    {
        .name = "config",
        .summary = "print every setting, its value and where it came from",
        .text = "Prints one line each: key, value in force, where it came from (option, "
                "environment, file,\n"
                "default), meaning. Secrets are masked.\n",
        .run = command_config,
        .flag = "markdown",
        .flag_summary = "print the README's table of settings instead",
        .run_flag = command_config_markdown,
    },
};

size_t commands_count(void)
{
    return COUNT_OF(commands);
}

const struct command *command_at(size_t index)
{
    assert(index < commands_count());
    return &commands[index];
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < commands_count(); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}
