/*
 * struct faults: the scripted troubles, tried in the order they were added; the first that fits and
 * whose chance comes up befalls the call. Only the kinds called AFTER let the act happen.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authorizer.h"
#include "call_kind.h"
#include "chance.h"

enum fault_kind {
#define FAULT(kind, name) FAULT_##kind,
#include "faults.def"
#undef FAULT
    FAULT_KINDS,
};

enum { FAULTS_MAX = 256 };

struct fault {
    enum fault_kind kind;
    enum call_kind call;                  /* CALL_KINDS: any */
    char authorizer_appid[APPID_MAX + 1]; /* "": any */
    int errcode;                          /* of FAULT_ERRCODE */
    unsigned status;                      /* of FAULT_HTTP */
    double rate;                          /* 0 to 1 */
    int64_t left;                         /* how many times more; < 0: always */
};

struct faults {
    struct fault rows[FAULTS_MAX];
    size_t count;
    struct chance chance;
};

/* The kind with this name, or FAULT_KINDS. */
enum fault_kind fault_kind_find(const char *name);

/* False where there are FAULTS_MAX already. */
bool faults_add(struct faults *f, const struct fault *fault);
void faults_clear(struct faults *f);

/* The fault that befalls this call, or NULL. authorizer_appid is "" where the call names none. */
const struct fault *faults_pick(struct faults *f, enum call_kind call,
                                const char *authorizer_appid);
