/*
 * The six calls of WeChat that are simulated, and what the body of each must have: one row each in
 * calls.def. A member comes with the errcode that WeChat answers if it is missing.
 */
#pragma once

#include <stdbool.h>

enum call_kind {
#define CALL(name, ...) CALL_##name,
#include "calls.def"
#undef CALL
    CALL_KINDS, /* how many; in a fault: any call */
};

enum { MEMBERS_MAX = 3 };

struct member_spec {
    const char *name; /* NULL: no more members */
    int missing_errcode;
};

struct call_spec {
    const char *name; /* last part of the path */
    struct member_spec members[MEMBERS_MAX];
};

const struct call_spec *call_spec(enum call_kind kind);

/* Returns true if the call has no access_token: the component shows its secret instead. */
bool call_shows_secret(enum call_kind kind);

/* Returns the kind with this name, or CALL_KINDS if there is none. */
enum call_kind call_kind_find(const char *name);
