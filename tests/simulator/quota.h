/*
 * struct quota: how often one component may make one call, by the minute (45011) and by the day
 * (45009), in the world's time. WeChat does not say when its day begins; here a minute and a day
 * begin with the first call in them, so a test never straddles an edge. A call that is refused by
 * the quota does not count, so everything comes back when the day, or the minute, has passed.
 * {0} has no limits. Times are unix milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum quota_span { QUOTA_MINUTE, QUOTA_DAY, QUOTA_SPANS };

enum { QUOTA_MAX = 1000000000 };

struct quota_window {
    int64_t limit_plus_1; /* 0: no limit */
    int64_t began_at_ms;
    int64_t used; /* 0: not begun */
};

struct quota {
    struct quota_window windows[QUOTA_SPANS];
    uint64_t refused;
};

/* Counts a call: 0, or the errcode of why it is refused (and not counted). */
int quota_take(struct quota *quota, int64_t now_ms);

/* limit -1: none. */
void quota_limit(struct quota *quota, enum quota_span span, int64_t limit);
int64_t quota_limit_of(const struct quota *quota, enum quota_span span);

/* Calls counted in what runs now. */
int64_t quota_used(const struct quota *quota, enum quota_span span, int64_t now_ms);

/* A new minute and a new day. */
void quota_clear(struct quota *quota);

/* Whether it has no limits. */
bool quota_is_open(const struct quota *quota);

/* Members of a JSON object, without its braces. */
void quota_write(const struct quota *quota, struct text *out, int64_t now_ms);
