/*
 * The fuse of a component: it blows if WeChat says of too many of the component's accounts that
 * they have withdrawn.
 *
 * One such answer may be true. If more than FUSE_ANSWERS_MAX, and more than half of all answers
 * within a minute, say so, then WeChat, or the owner of the component's token, is more likely to
 * have made a mistake. A withdrawal deletes both tokens of an account, so from then on it is not
 * believed at once. Only answers count: a push is the merchant's own doing. The fuse is this
 * process's own, and stays blown for FUSE_BLOWN_MS after the last answer that blew it. Units:
 * monotonic ms. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

enum {
    FUSE_ANSWERS_MAX = 20,
    FUSE_MINUTE_MS = 60000,
    FUSE_SLICES = 12,       /* of the minute; the oldest slice is forgotten as a whole */
    FUSE_BLOWN_MS = 600000, /* as long as a doubted account waits until it is asked again */
};

struct fuse {
    uint32_t answers[FUSE_SLICES], withdrawals[FUSE_SLICES];
    ms_t slice;       /* number of the present slice */
    ms_t blown_until; /* 0: it has not blown */
};

enum fuse_answer {
    FUSE_OTHER_ANSWER,
    FUSE_WITHDRAWAL, /* WeChat says that the account has withdrawn */
};

/* Notes an answer. Returns true if the fuse was not blown and this answer has blown it. */
bool fuse_note(struct fuse *fuse, enum fuse_answer answer, ms_t now);

bool fuse_is_blown(const struct fuse *fuse, ms_t now);
