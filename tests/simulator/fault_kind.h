/*
 * The kinds of fault that can be scripted: one row each in faults.def, which explains its columns.
 */
#pragma once

#include <stdbool.h>

#include "call_kind.h"

enum fault_kind {
#define FAULT(kind, ...) FAULT_##kind,
#include "faults.def"
#undef FAULT
    FAULT_KINDS,
};

enum fault_group { GROUP_ALONE, GROUP_ODD, GROUP_HOSTILE };
enum fault_act { ACT_NEVER, ACT_ALWAYS, ACT_CHOICE };

struct fault_spec {
    const char *name;
    enum fault_group group;
    enum fault_act act;
    unsigned calls; /* a bit for each call_kind */
};

const struct fault_spec *fault_spec(enum fault_kind kind);

/* Groups are "any_odd", "any_hostile" and "alone"; acts are "never", "always" and "choice". */
const char *fault_group_name(enum fault_group group);
const char *fault_act_name(enum fault_act act);
