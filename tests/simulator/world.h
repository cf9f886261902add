/*
 * struct world: everything WeChat knows: components, the accounts that authorised them, and codes.
 * Each thing is found by its name in constant time and stays until world_done.
 * A component has one access token in force and the one before it, which stays valid for a while
 * (five minutes, unless said otherwise) after the new one. Times are unix milliseconds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "authorizer.h"
#include "call_kind.h"
#include "map.h"
#include "quota.h"

enum { COMPONENTS_MAX = 256, COMPONENT_TOKEN_MAX = 512, SECRET_MAX = 128 };

/* Of verify tickets, which nobody here receives. */
enum push { PUSH_STOPPED, PUSH_STARTED };

struct component_token {
    char text[COMPONENT_TOKEN_MAX + 1]; /* "": none */
    int64_t expires_at_ms;
    int64_t superseded_at_ms;
};

struct component {
    char appid[APPID_MAX + 1];
    char secret[SECRET_MAX + 1]; /* "": any will do */
    uint64_t origin;
    uint64_t tokens;
    struct component_token now;
    struct component_token before;
    enum replay replay;
    enum push push;
    struct quota quotas[CALL_KINDS];
    struct authorizer **authorizers; /* in the order they came */
    size_t authorizer_count;
    size_t authorizer_room;
};

struct world {
    uint64_t seed;
    enum rotation rotation;
    enum replay replay; /* of components to come */
    struct component *components[COMPONENTS_MAX];
    size_t component_count;
    struct map authorizers; /* by name */
    struct map codes;       /* by text */
    struct code **code_list;
    size_t code_room;
};

void world_done(struct world *w);

/* Finding returns NULL where there is none; adding returns what is there, or makes it. */
struct component *world_find_component(const struct world *w, const char *appid);
struct component *world_add_component(struct world *w, const char *appid); /* NULL: too many */
struct authorizer *world_find_authorizer(const struct world *w, const struct component *component,
                                         const char *appid);
struct authorizer *world_add_authorizer(struct world *w, struct component *component,
                                        const char *appid);
struct code *world_find_code(const struct world *w, const char *text);

/* Keeps the code. */
struct code *world_add_code(struct world *w, struct code code);

/* Whose access token it is: 0, 40001 nobody's (or superseded), 42001 expired, 61014 another kind.
 */
int world_check_token(const struct world *w, struct component **owner, const char *text,
                      int64_t now_ms);

/* A new access token for the component: the given text, or NULL for one of our making. */
void component_renew_token(struct component *c, const char *text, int64_t now_ms,
                           int64_t lifetime_ms, int64_t overlap_ms);
