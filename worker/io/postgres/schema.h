/*
 * The schema's versions: the numbered files of schema/ are compiled in, applied forward only, and
 * compared with those of a database.
 *
 * The functions block. They are for the commands `migrate` and `check`, and for a worker's start.
 * Each file is one transaction. Its number and checksum are stored in wxtoken.schema_version. An
 * advisory lock lets one process migrate at a time.
 */
#pragma once

#include <stdio.h>

#include "base/err.h"

/* Returns the number of the newest file compiled in. */
int schema_version_known(void);

/* Sets *version to the number of the newest file in the database, or 0 if it has no schema.
 * ERR_CONFIG: a stored checksum differs. ERR_UNAVAILABLE: the database cannot be reached. */
MUST_USE bool schema_version_of(int *version, const char *conninfo, struct err *err);

/* Applies the files that are missing, and writes one line to `out` for each. */
MUST_USE bool schema_migrate(const char *conninfo, FILE *out, struct err *err);

/* ERR_CONFIG: the database's schema is too old or too new; the sentence names both numbers.
 * ERR_UNAVAILABLE: the database cannot be reached. */
MUST_USE bool schema_check(const char *conninfo, struct err *err);

/* Checks that the component has a row with a token. *trouble is "" or a sentence ("row missing",
 * "token expired at …"), which never has the token in it. */
MUST_USE bool schema_check_component(const char *conninfo, const char *component_appid,
                                     char *trouble, int trouble_max, struct err *err);
