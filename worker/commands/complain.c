#include "commands/complain.h"

#include <stdio.h>

int command_complain(const struct err *err)
{
    (void)fprintf(stderr, "wxtoken: %s\n", err->text);
    return err_exit_status(err);
}
