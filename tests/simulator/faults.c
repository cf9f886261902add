#include "faults.h"

#include <string.h>

enum fault_kind fault_kind_find(const char *name)
{
    static const char *const names[] = {
#define FAULT(kind, name) name,
#include "faults.def"
#undef FAULT
    };
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        if (strcmp(names[kind], name) == 0)
            return (enum fault_kind)kind;
    return FAULT_KINDS;
}

bool faults_add(struct faults *f, const struct fault *fault)
{
    if (f->count == FAULTS_MAX)
        return false;
    f->rows[f->count++] = *fault;
    return true;
}

void faults_clear(struct faults *f)
{
    f->count = 0;
}

static bool fits(const struct fault *fault, enum call_kind call, const char *authorizer_appid)
{
    if (fault->left == 0)
        return false;
    if (fault->call != CALL_KINDS && fault->call != call)
        return false;
    return !fault->authorizer_appid[0] || strcmp(fault->authorizer_appid, authorizer_appid) == 0;
}

const struct fault *faults_pick(struct faults *f, enum call_kind call, const char *authorizer_appid)
{
    for (size_t i = 0; i < f->count; i++) {
        struct fault *fault = &f->rows[i];
        if (!fits(fault, call, authorizer_appid))
            continue;
        if (fault->rate < 1 && chance_fraction(&f->chance) >= fault->rate)
            continue;
        if (fault->left > 0)
            fault->left--;
        return fault;
    }
    return NULL;
}
