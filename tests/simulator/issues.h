/*
 * struct issues: the tokens of one kind that were issued to one owner.
 *
 * The newest token is in force. When a newer one is issued, the token before it stays valid for
 * five minutes. Only the last few are remembered: whoever asks for more within five minutes kills
 * the oldest early, as WeChat does. Each issue remembers what became of the reply that carried it.
 *
 * Times are unix milliseconds. {0} means that nothing is issued yet. The first serial is 1.
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
    ISSUE_OVERLAPPING, /* an older one, within its five minutes */
    ISSUE_SUPERSEDED,  /* an older one, after its five minutes */
    ISSUE_EXPIRED,
    ISSUE_UNKNOWN,
};

/* What became of the reply with a token in it. */
enum delivery {
    DELIVERY_PENDING,   /* the reply still waits */
    DELIVERY_DELIVERED, /* handed to the socket whole, its meaning intact */
    DELIVERY_SPOILT,    /* handed to the socket after a hostile fault had changed it */
    DELIVERY_LOST,      /* only a part of it, or nothing, was handed to the socket */
    DELIVERIES,
};

struct issue {
    int64_t issued_at_ms;
    int64_t expires_at_ms;
    int64_t superseded_at_ms; /* when its five minutes end */
    uint32_t len;             /* of its text; 0: the usual length */
    enum delivery delivery;
};

struct issues {
    enum token_kind kind;
    uint64_t origin;
    uint64_t last;   /* the newest serial; 0: none */
    uint64_t buried; /* serials up to this one are dead for good */
    struct issue kept[ISSUES_KEPT];
};

/* What the next token shall be like. */
struct order {
    int64_t now_ms;
    int64_t lifetime_ms; /* may be ISSUE_FOREVER_MS */
    uint32_t len;        /* 0: the usual length */
};

struct token issues_next(struct issues *s, struct order order);

/* Makes everything issued so far invalid at once. */
void issues_bury(struct issues *s);

/* The token issued last; without text if none was issued. */
struct token issues_last(const struct issues *s);

/* Serials up to this one are forgotten. */
uint64_t issues_forgotten(const struct issues *s);

/* The issue of a serial that is not forgotten, and its token. */
const struct issue *issues_find(const struct issues *s, uint64_t serial);
struct token issues_token(const struct issues *s, uint64_t serial);

void issues_deliver(struct issues *s, uint64_t serial, enum delivery delivery);
const char *delivery_name(enum delivery delivery);

/* What the text is worth; ISSUE_UNKNOWN if it is none of these tokens. */
enum issue_state issues_judge(const struct issues *s, const char *text, int64_t now_ms);
