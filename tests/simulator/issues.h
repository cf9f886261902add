/*
 * struct issues: what was issued of one kind to one owner. The newest is in force; when a newer one
 * is issued, the one before stays valid for five minutes. Only the last few are remembered: whoever
 * asks for more than that within five minutes kills the oldest early, as WeChat does.
 * Each remembers what became of the reply that carried it.
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

/* What became of the reply with a token in it. */
enum delivery {
    DELIVERY_PENDING,   /* its reply still waits */
    DELIVERY_DELIVERED, /* handed to the socket whole, its meaning intact */
    DELIVERY_SPOILT,    /* handed to the socket, but a hostile fault had its way with it */
    DELIVERY_LOST,      /* nothing, or only a part, was handed to the socket */
    DELIVERIES,
};

struct issue {
    int64_t issued_at_ms;
    int64_t expires_at_ms;
    int64_t superseded_at_ms; /* when its five minutes end */
    uint32_t len;             /* of its text; 0: the usual */
    enum delivery delivery;
};

struct issues {
    enum token_kind kind;
    uint64_t origin;
    uint64_t last;   /* the newest serial; 0: none */
    uint64_t buried; /* serials up to this one are dead for good */
    struct issue kept[ISSUES_KEPT];
};

/* What is asked of the next token. */
struct order {
    int64_t now_ms;
    int64_t lifetime_ms; /* may be ISSUE_FOREVER_MS */
    uint32_t len;        /* 0: the usual */
};

struct token issues_next(struct issues *s, struct order order);

/* Everything issued so far is dead at once. */
void issues_bury(struct issues *s);

/* The token issued last; without text if none ever was. */
struct token issues_last(const struct issues *s);

/* Serials up to this one are forgotten. */
uint64_t issues_forgotten(const struct issues *s);

/* The issue of a serial that is not forgotten, and its token. */
const struct issue *issues_find(const struct issues *s, uint64_t serial);
struct token issues_token(const struct issues *s, uint64_t serial);

void issues_deliver(struct issues *s, uint64_t serial, enum delivery delivery);
const char *delivery_name(enum delivery delivery);

/* What the text is worth, if it is one of these. */
enum issue_state issues_judge(const struct issues *s, const char *text, int64_t now_ms);
