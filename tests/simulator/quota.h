/*
 * struct quota: how often one component may make one call per minute (45011) and per day (45009),
 * in the world's time.
 *
 * WeChat does not say when its day begins. Here a minute and a day begin with the first call in
 * them, so a test never crosses a boundary by accident. A call that the quota refuses is not
 * counted, so the full quota is available again when the minute or the day has passed. {0} has no
 * limits. Times are unix milliseconds.
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

/* Counts a call and returns 0. If the quota is used up, returns the errcode; the call is not
 * counted. */
int quota_take(struct quota *quota, int64_t now_ms);

/* Both use -1 for no limit. */
void quota_limit(struct quota *quota, enum quota_span span, int64_t limit);
int64_t quota_limit_of(const struct quota *quota, enum quota_span span);

/* The calls counted in the current minute or day. */
int64_t quota_used(const struct quota *quota, enum quota_span span, int64_t now_ms);

/* Begins a new minute and a new day. */
void quota_clear(struct quota *quota);

/* Returns true if the quota has no limits. */
bool quota_is_open(const struct quota *quota);

/* Writes the members of a JSON object, without its braces. */
void quota_write(const struct quota *quota, struct text *out, int64_t now_ms);
