/*
 * The schema's versions: the numbered files of schema/ compiled in, applied forward only, and compared with a database's.
 *
 * Blocking; for the commands `migrate` and `check`, and once at a worker's start. Each file is one transaction; its number
 * and checksum are remembered in wxtoken.schema_version; an advisory lock keeps several migrators apart.
 */
#pragma once

#include <stdio.h>

#include "base/err.h"

/* The number of the newest file compiled in. */
int schema_version_known(void);

/* The number the database has; 0 where it has no schema. ERR_UNAVAILABLE, or ERR_CONFIG where a remembered checksum differs. */
MUST_USE bool schema_version_of(int *version, const char *conninfo, struct err *err);

/* Applies what lacks; says each file applied on `out`, one line each. */
MUST_USE bool schema_migrate(const char *conninfo, FILE *out, struct err *err);

/* ERR_CONFIG naming both numbers where the database's schema is too old or too new; ERR_UNAVAILABLE where it cannot be reached. */
MUST_USE bool schema_check(const char *conninfo, struct err *err);

/* Whether the component has a row with a token: *trouble is "" or a sentence ("row missing", "token expired at …"); no token. */
MUST_USE bool schema_check_component(const char *conninfo, const char *component_appid,
                                     char *trouble, int trouble_max, struct err *err);
