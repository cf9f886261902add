/*
 * struct faults: the scripted faults, tried in the order in which they were added. A call gets the
 * first that fits it and whose rate comes up. What is left to chance is drawn from the run's seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authorizer.h"
#include "chance.h"
#include "fault_kind.h"

enum {
    FAULTS_MAX = 256,
    FAULT_VALUE_MAX = 1024,    /* bytes of JSON */
    FAULT_SIZE_MAX = 64 << 20, /* bytes of a body */
    FAULT_LATE_MS_MAX = 3600000,
    FAULT_DRAWN = -1, /* a number that is left to chance or to the kind */
};

struct fault {
    enum fault_kind kind;                 /* FAULT_KINDS: one of the group, drawn each time */
    enum fault_group group;               /* of the kind */
    uint64_t without;                     /* of a group: a bit for each kind that is not drawn */
    enum call_kind call;                  /* CALL_KINDS: any call */
    char authorizer_appid[APPID_MAX + 1]; /* "": any authorizer */
    enum fault_act act;                   /* ACT_CHOICE only in a group: drawn each time */
    int64_t acts_after_ms;                /* WeChat acts so long after the arrival; < 0: at once */
    int64_t acts_jitter_ms;               /* at most this is added */
    int errcode;                          /* of FAULT_ERRCODE */
    bool errcode_is_text;                 /* the errcode is sent as a string */
    unsigned status;                      /* of FAULT_HTTP */
    int64_t at;                           /* where the reply or the body ends; or FAULT_DRAWN */
    int64_t size;                         /* of token, body or nesting; or FAULT_DRAWN */
    char member[APPID_MAX + 1];           /* of FAULT_MEMBER */
    char value[FAULT_VALUE_MAX + 1];      /* of the member, in JSON; "": it is left out */
    bool is_drawn;                        /* set by faults_pick: it was drawn from a group */
    double rate;                          /* 0 to 1 */
    int64_t left;                         /* how many more times; < 0: always */
};

struct faults {
    struct fault rows[FAULTS_MAX];
    size_t count;
    struct chance chance;
};

/* Sets the kind and group with this name. Returns false if there is none. */
bool fault_find(struct fault *fault, const char *name);

/* Returns true if the fault can happen to this call; CALL_KINDS stands for any call. */
bool fault_fits(const struct fault *fault, enum call_kind call);

/* Returns true if WeChat may act on the call late: nothing of the act is in what arrives. */
bool fault_may_act_late(const struct fault *fault);

/* Returns false if there are FAULTS_MAX already. */
bool faults_add(struct faults *f, const struct fault *fault);
void faults_clear(struct faults *f);

/* Picks the fault that happens to this call; returns false if there is none. The picked fault is no
 * group and has no ACT_CHOICE. authorizer_appid is "" if the call names none. */
bool faults_pick(struct faults *f, struct fault *picked, enum call_kind call,
                 const char *authorizer_appid);
