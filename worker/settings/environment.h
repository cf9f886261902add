/*
 * Names of settings in the environment: WXTOKEN_ and the key in capitals, with "_" for ".". Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "base/text.h"

enum environment_name {
    ENVIRONMENT_OTHER,   /* not ours */
    ENVIRONMENT_SETTING, /* *key is written */
    ENVIRONMENT_UNKNOWN, /* starts like ours, but is no setting */
};

/* Finds the key that a variable sets. A name like Kubernetes' …_PORT_9092_TCP never counts as a
 * property of librdkafka. */
enum environment_name environment_key(struct text *key, struct str name);

/* Appends the name of a key's variable, to show it to people. */
void environment_name_of(struct text *name, struct str key);
