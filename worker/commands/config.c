#include <stdio.h>
#include <sysexits.h>

#include "commands/command.h"
#include "settings/print.h"

int command_config(const struct settings *settings)
{
    settings_print(settings, stdout);
    return EX_OK;
}

int command_config_markdown(const struct settings *settings)
{
    (void)settings; /* the table shows only defaults */
    settings_print_markdown(stdout);
    return EX_OK;
}
