/*
 * struct issues: what was issued of one kind to one owner. The newest is in force; when a newer one
 * is issued, the one before stays valid for five minutes. Only the last few are remembered: whoever
 * asks for more than that within five minutes kills the oldest early, as WeChat does.
 * Times are unix milliseconds; {0} means nothing issued yet. The first serial is 1.
 */
#pragma once

#include <stdint.h>

#include "token.h"

enum {
    ISSUES_KEPT = 8,
    ISSUE_OVERLAP_MS = 300000,   /* five minutes */
    ISSUE_LIFETIME_MS = 7200000, /* of an access token */
};
#define ISSUE_FOREVER_MS INT64_MAX

enum issue_state {
    ISSUE_LATEST,
    ISSUE_OVERLAPPING, /* an older one, still within its five minutes */
    ISSUE_SUPERSEDED,  /* an older one after that */
    ISSUE_EXPIRED,
    ISSUE_UNKNOWN,
};

struct issue {
    int64_t expires_at_ms;
    int64_t superseded_at_ms; /* when its five minutes end */
};

struct issues {
    uint64_t last;   /* the newest serial; 0: none */
    uint64_t buried; /* serials up to this one are dead for good */
    struct issue kept[ISSUES_KEPT];
};

/* Issues the next one; returns its serial. lifetime_ms may be ISSUE_FOREVER_MS. */
uint64_t issues_next(struct issues *s, int64_t now_ms, int64_t lifetime_ms);

/* Everything issued so far is dead at once. */
void issues_bury(struct issues *s);

/* What the text is worth, if it is one of these. */
enum issue_state issues_judge(const struct issues *s, const char *text, enum token_kind kind,
                              uint64_t origin, int64_t now_ms);
