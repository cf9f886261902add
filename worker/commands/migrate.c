#include <stdio.h>
#include <sysexits.h>

#include "commands/command.h"
#include "commands/complain.h"
#include "io/postgres/schema.h"

int command_migrate(const struct settings *settings)
{
    struct err err;
    if (!schema_migrate(settings->postgres_url, stdout, &err))
        return command_complain(&err);

    (void)printf("schema is at version %d\n", schema_version_known());
    return EX_OK;
}
