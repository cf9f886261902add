#include "faults.h"

#include <assert.h>
#include <string.h>

static bool find_group(struct fault *fault, const char *name)
{
    for (unsigned group = GROUP_ODD; group <= GROUP_HOSTILE; group++) {
        if (strcmp(fault_group_name((enum fault_group)group), name) != 0)
            continue;
        fault->kind = FAULT_KINDS;
        fault->group = (enum fault_group)group;
        return true;
    }
    return false;
}

bool fault_find(struct fault *fault, const char *name)
{
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        const struct fault_spec *spec = fault_spec((enum fault_kind)kind);
        if (strcmp(spec->name, name) != 0)
            continue;
        fault->kind = (enum fault_kind)kind;
        fault->group = spec->group;
        return true;
    }
    return find_group(fault, name);
}

bool fault_fits(const struct fault *fault, enum call_kind call)
{
    if (fault->kind == FAULT_KINDS || call == CALL_KINDS)
        return true;
    return fault_spec(fault->kind)->calls & 1U << call;
}

bool fault_may_act_late(const struct fault *fault)
{
    return fault->kind == FAULT_HTTP || fault->kind == FAULT_RESET_AFTER ||
           fault->kind == FAULT_TIMEOUT_AFTER;
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

static bool befalls(const struct fault *fault, enum call_kind call, const char *authorizer_appid)
{
    if (fault->left == 0)
        return false;
    if (fault->call != CALL_KINDS && fault->call != call)
        return false;
    if (fault->authorizer_appid[0] && strcmp(fault->authorizer_appid, authorizer_appid) != 0)
        return false;
    return fault_fits(fault, call);
}

static bool is_drawn_from(const struct fault *group, enum fault_kind kind, enum call_kind call)
{
    const struct fault_spec *spec = fault_spec(kind);
    if (group->without & UINT64_C(1) << kind)
        return false;
    return spec->group == group->group && spec->calls & 1U << call;
}

/* Returns false if the group has no kind for this call. */
static bool draw_kind(struct fault *fault, struct chance *chance, enum call_kind call)
{
    static_assert(FAULT_KINDS <= 64, "a bit for each");
    enum fault_kind fitting[FAULT_KINDS];
    size_t count = 0;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        if (is_drawn_from(fault, (enum fault_kind)kind, call))
            fitting[count++] = (enum fault_kind)kind;
    if (count == 0)
        return false;
    fault->kind = fitting[chance_below(chance, count)];
    fault->is_drawn = true;
    if (fault_spec(fault->kind)->act != ACT_CHOICE)
        fault->act = fault_spec(fault->kind)->act;
    else if (fault->act == ACT_CHOICE)
        fault->act = chance_below(chance, 2) ? ACT_ALWAYS : ACT_NEVER;
    return true;
}

bool faults_pick(struct faults *f, struct fault *picked, enum call_kind call,
                 const char *authorizer_appid)
{
    for (size_t i = 0; i < f->count; i++) {
        struct fault *fault = &f->rows[i];
        if (!befalls(fault, call, authorizer_appid))
            continue;
        if (fault->rate < 1 && chance_fraction(&f->chance) >= fault->rate)
            continue;
        *picked = *fault;
        if (fault->kind == FAULT_KINDS && !draw_kind(picked, &f->chance, call))
            continue;
        if (fault->left > 0)
            fault->left--;
        return true;
    }
    return false;
}
