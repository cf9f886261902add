#include "issues.h"

static enum issue_state state_of(const struct issues *s, uint64_t serial, int64_t now_ms)
{
    const struct issue *issue = &s->kept[serial % ISSUES_KEPT];
    if (now_ms >= issue->expires_at_ms)
        return ISSUE_EXPIRED;
    if (now_ms >= issue->superseded_at_ms)
        return ISSUE_SUPERSEDED;
    return serial == s->last ? ISSUE_LATEST : ISSUE_OVERLAPPING;
}

uint64_t issues_next(struct issues *s, int64_t now_ms, int64_t lifetime_ms)
{
    if (s->last)
        s->kept[s->last % ISSUES_KEPT].superseded_at_ms = now_ms + ISSUE_OVERLAP_MS;
    s->last++;
    s->kept[s->last % ISSUES_KEPT] = (struct issue){
        .expires_at_ms = lifetime_ms == ISSUE_FOREVER_MS ? INT64_MAX : now_ms + lifetime_ms,
        .superseded_at_ms = INT64_MAX,
    };
    return s->last;
}

void issues_bury(struct issues *s)
{
    s->buried = s->last;
}

enum issue_state issues_judge(const struct issues *s, const char *text, enum token_kind kind,
                              uint64_t origin, int64_t now_ms)
{
    uint64_t oldest = s->last > ISSUES_KEPT ? s->last - ISSUES_KEPT : 0;
    if (oldest < s->buried)
        oldest = s->buried;
    for (uint64_t serial = s->last; serial > oldest; serial--)
        if (token_is(text, kind, origin, serial))
            return state_of(s, serial, now_ms);
    return ISSUE_UNKNOWN;
}
