#include "issues.h"

static enum issue_state state_of(const struct issues *s, uint64_t serial, int64_t now_ms)
{
    const struct issue *issue = issues_find(s, serial);
    if (now_ms >= issue->expires_at_ms)
        return ISSUE_EXPIRED;
    if (now_ms >= issue->superseded_at_ms)
        return ISSUE_SUPERSEDED;
    return serial == s->last ? ISSUE_LATEST : ISSUE_OVERLAPPING;
}

struct token issues_next(struct issues *s, struct order order)
{
    if (s->last)
        s->kept[s->last % ISSUES_KEPT].superseded_at_ms = order.now_ms + ISSUE_OVERLAP_MS;
    s->last++;
    s->kept[s->last % ISSUES_KEPT] = (struct issue){
        .issued_at_ms = order.now_ms,
        .expires_at_ms = order.lifetime_ms == ISSUE_FOREVER_MS ? INT64_MAX
                                                               : order.now_ms + order.lifetime_ms,
        .superseded_at_ms = INT64_MAX,
        .len = order.len,
    };
    return issues_last(s);
}

void issues_bury(struct issues *s)
{
    s->buried = s->last;
}

struct token issues_last(const struct issues *s)
{
    return issues_token(s, s->last);
}

uint64_t issues_forgotten(const struct issues *s)
{
    return s->last > ISSUES_KEPT ? s->last - ISSUES_KEPT : 0;
}

const struct issue *issues_find(const struct issues *s, uint64_t serial)
{
    return &s->kept[serial % ISSUES_KEPT];
}

struct token issues_token(const struct issues *s, uint64_t serial)
{
    return (struct token){
        .kind = s->kind,
        .len = issues_find(s, serial)->len,
        .origin = s->origin,
        .serial = serial,
    };
}

void issues_deliver(struct issues *s, uint64_t serial, enum delivery delivery)
{
    if (serial > issues_forgotten(s))
        s->kept[serial % ISSUES_KEPT].delivery = delivery;
}

const char *delivery_name(enum delivery delivery)
{
    static const char *const names[] = {
        [DELIVERY_PENDING] = "pending",
        [DELIVERY_DELIVERED] = "delivered",
        [DELIVERY_SPOILT] = "spoilt",
        [DELIVERY_LOST] = "lost",
    };
    return names[delivery];
}

enum issue_state issues_judge(const struct issues *s, const char *text, int64_t now_ms)
{
    uint64_t oldest = issues_forgotten(s);
    if (oldest < s->buried)
        oldest = s->buried;
    for (uint64_t serial = s->last; serial > oldest; serial--)
        if (token_is(issues_token(s, serial), text))
            return state_of(s, serial, now_ms);
    return ISSUE_UNKNOWN;
}
