/*
 * An appid, the name of a component (a third-party platform) or of an authorizer (an account): 1 to
 * 64 bytes of [A-Za-z0-9_-].
 *
 * An appid is held by value, because it is short and every job needs it for its whole life. len 0
 * means "not known (yet)": a redirect brings a code without saying whose it is.
 */
#pragma once

#include "base/str.h"

enum { APPID_LEN_MAX = 64 };

struct appid {
    uint8_t len;
    char at[APPID_LEN_MAX];
};

static inline struct str appid_str(const struct appid *appid)
{
    return (struct str){.at = appid->at, .len = appid->len};
}

static inline bool appid_is_known(const struct appid *appid)
{
    return appid->len != 0;
}

static inline bool appid_equal(const struct appid *a, const struct appid *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Copies `view` if it is an appid. Returns false, and leaves *appid as it was, if it is not. */
static inline bool appid_set(struct appid *appid, struct str view)
{
    if (view.len == 0 || view.len > APPID_LEN_MAX)
        return false;
    for (size_t i = 0; i < view.len; i++) {
        char c = view.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    appid->len = (uint8_t)view.len;
    memcpy(appid->at, view.at, view.len);
    return true;
}
