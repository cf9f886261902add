#include <stdio.h>
#include <sysexits.h>

#include "commands/command.h"
#include "commands/complain.h"
#include "io/address.h"
#include "io/admin.h"
#include "io/http/http.h"

enum { HEALTH_LIMIT_MS = 5000, URL_BYTES = 512, OK = 200, NOT_READY = 1 };

static int complain(const struct err *err)
{
    (void)command_complain(err);
    return NOT_READY;
}

int command_health(const struct settings *settings)
{
    struct err err;
    if (!*settings->admin_listen) {
        (void)err_set(&err, ERR_CONFIG, "admin.listen is empty, so the worker answers nobody");
        return complain(&err);
    }
    char url_bytes[URL_BYTES], body_bytes[ADMIN_BODY_BYTES_MAX];
    struct text url = TEXT_IN(url_bytes);
    struct text body = TEXT_IN(body_bytes);
    address_local_url(&url, settings->admin_listen, "/readyz");
    long status;
    if (!http_get(text_terminated(&url), HEALTH_LIMIT_MS, &status, &body, &err))
        return complain(&err);
    (void)fputs(text_terminated(&body), stdout);
    return status == OK ? EX_OK : NOT_READY;
}
