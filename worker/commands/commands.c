#include "commands/commands.h"

#include <assert.h>
#include <string.h>

#include "base/count.h"

static const struct command commands[] = {
    {
        .name = "worker",
        .summary = "run until SIGTERM or SIGINT, then finish what is in flight",
        .text = "Takes authorization-changed and refresh-due from Kafka, calls WeChat, stores the\n"
                "tokens in PostgreSQL and announces them on token-updated.\n"
                "\n"
                "On SIGTERM or SIGINT, it finishes what is in flight and then ends. On a second\n"
                "signal, it ends at once.\n",
        .need = NEED_KAFKA,
        .run = command_worker,
    },
    {
        .name = "migrate",
        .summary = "bring the database's schema up to date",
        .text = "Applies the schema files that the database does not have yet, in order, each in\n"
                "one transaction. Many processes may safely do this at the same time.\n",
        .run = command_migrate,
    },
    {
        .name = "check",
        .summary = "check if the settings, Kafka, PostgreSQL and WeChat's host are usable",
        .text = "Prints one line for each check: what was checked, ok, fail or skip, and what was\n"
                "found.\n",
        .need = NEED_KAFKA,
        .run = command_check,
    },
    {
        .name = "health",
        .summary = "ask a running worker if it is ready: exit status 0 or 1",
        .text = "Asks for /readyz at admin.listen and prints the answer. Exits with 0 if the\n"
                "worker is ready, else with 1.\n",
        .run = command_health,
    },
    {
        .name = "config",
        .summary = "print every setting, its value and where it came from",
        .text = "Prints one line for each setting: key, value in force, where it came from\n"
                "(option, environment, file or default) and meaning. Secrets are masked.\n",
        .run = command_config,
        .flag = "markdown",
        .flag_summary = "print the table of docs/SETTINGS.md instead",
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
