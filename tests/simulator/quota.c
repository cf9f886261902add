#include "quota.h"

#include <inttypes.h>

static int64_t length_ms(enum quota_span span)
{
    return span == QUOTA_DAY ? 86400000 : 60000;
}

static int errcode_of(enum quota_span span)
{
    return span == QUOTA_DAY ? 45009 : 45011;
}

int64_t quota_used(const struct quota *quota, enum quota_span span, int64_t now_ms)
{
    const struct quota_window *window = &quota->windows[span];
    return now_ms - window->began_at_ms < length_ms(span) ? window->used : 0;
}

int64_t quota_limit_of(const struct quota *quota, enum quota_span span)
{
    return quota->windows[span].limit_plus_1 - 1;
}

void quota_limit(struct quota *quota, enum quota_span span, int64_t limit)
{
    quota->windows[span].limit_plus_1 = limit + 1;
}

static void count(struct quota *quota, enum quota_span span, int64_t now_ms)
{
    struct quota_window *window = &quota->windows[span];
    window->used = quota_used(quota, span, now_ms);
    if (window->used == 0)
        window->began_at_ms = now_ms;
    window->used++;
}

static int refusal(const struct quota *quota, enum quota_span span, int64_t now_ms)
{
    int64_t limit = quota_limit_of(quota, span);
    return limit >= 0 && quota_used(quota, span, now_ms) >= limit ? errcode_of(span) : 0;
}

int quota_take(struct quota *quota, int64_t now_ms)
{
    int errcode = refusal(quota, QUOTA_DAY, now_ms);
    if (errcode == 0)
        errcode = refusal(quota, QUOTA_MINUTE, now_ms);
    if (errcode) {
        quota->refused++;
        return errcode;
    }
    count(quota, QUOTA_DAY, now_ms);
    count(quota, QUOTA_MINUTE, now_ms);
    return 0;
}

void quota_clear(struct quota *quota)
{
    quota->windows[QUOTA_DAY].used = 0;
    quota->windows[QUOTA_MINUTE].used = 0;
}

bool quota_is_open(const struct quota *quota)
{
    return quota_limit_of(quota, QUOTA_DAY) < 0 && quota_limit_of(quota, QUOTA_MINUTE) < 0;
}

static void write_limit(struct text *out, const struct quota *quota, enum quota_span span)
{
    int64_t limit = quota_limit_of(quota, span);
    if (limit < 0)
        text_add(out, "null");
    else
        text_add(out, "%" PRId64, limit);
}

void quota_write(const struct quota *quota, struct text *out, int64_t now_ms)
{
    text_add(out, "\"per_day\":");
    write_limit(out, quota, QUOTA_DAY);
    text_add(out, ",\"per_minute\":");
    write_limit(out, quota, QUOTA_MINUTE);
    text_add(out, ",\"used_this_day\":%" PRId64 ",\"used_this_minute\":%" PRId64,
             quota_used(quota, QUOTA_DAY, now_ms), quota_used(quota, QUOTA_MINUTE, now_ms));
    text_add(out, ",\"refused\":%" PRIu64, quota->refused);
}
