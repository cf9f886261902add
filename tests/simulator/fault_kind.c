#include "fault_kind.h"

const struct fault_spec *fault_spec(enum fault_kind kind)
{
    enum {
        ANY = (1 << CALL_KINDS) - 1,
        APPID = 1 << CALL_QUERY_AUTH | 1 << CALL_GET_AUTHORIZER_INFO,
        TOKENS = 1 << CALL_QUERY_AUTH | 1 << CALL_AUTHORIZER_TOKEN,
        EXPIRING = TOKENS | 1 << CALL_COMPONENT_TOKEN,
    };
    static const struct fault_spec specs[] = {
#define FAULT(kind, name, group, act, calls)                                                       \
    [FAULT_##kind] = {name, GROUP_##group, ACT_##act, calls},
#include "faults.def"
#undef FAULT
    };
    return &specs[kind];
}

const char *fault_group_name(enum fault_group group)
{
    static const char *const names[] = {
        [GROUP_ALONE] = "alone",
        [GROUP_ODD] = "any_odd",
        [GROUP_HOSTILE] = "any_hostile",
    };
    return names[group];
}

const char *fault_act_name(enum fault_act act)
{
    static const char *const names[] = {
        [ACT_NEVER] = "never",
        [ACT_ALWAYS] = "always",
        [ACT_CHOICE] = "choice",
    };
    return names[act];
}
