/*
 * struct world: everything that WeChat knows: components, the accounts that authorised them, and
 * codes. Each thing is found by its name in constant time and stays until world_done.
 *
 * A component has one access token in force, and the token before it, which stays valid for a while
 * after the new one (five minutes, unless told otherwise). Times are unix milliseconds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "authorizer.h"
#include "call_kind.h"
#include "map.h"
#include "quota.h"

enum { COMPONENTS_MAX = 256, COMPONENT_TOKEN_MAX = 512, SECRET_MAX = 128 };

/* Whether verify tickets are pushed; nobody receives them here. */
enum push { PUSH_STOPPED, PUSH_STARTED };

struct component_token {
    char text[COMPONENT_TOKEN_MAX + 1]; /* "": none */
    int64_t expires_at_ms;
    int64_t superseded_at_ms;
};

struct component {
    char appid[APPID_MAX + 1];
    char secret[SECRET_MAX + 1]; /* "": any secret is right */
    uint64_t origin;
    uint64_t tokens;
    struct component_token now;
    struct component_token before;
    enum replay replay;
    enum push push;
    struct quota quotas[CALL_KINDS];
    struct authorizer **authorizers; /* in the order of their creation */
    size_t authorizer_count;
    size_t authorizer_room;
};

struct world {
    uint64_t seed;
    enum rotation rotation;
    enum replay replay; /* for components that are still to come */
    struct component *components[COMPONENTS_MAX];
    size_t component_count;
    struct map authorizers; /* by name */
    struct map codes;       /* by text */
    struct code **code_list;
    size_t code_room;
};

void world_done(struct world *w);

/* Finding returns NULL if there is none. Adding returns the existing one, or makes it. */
struct component *world_find_component(const struct world *w, const char *appid);
struct component *world_add_component(struct world *w, const char *appid); /* NULL: too many */
struct authorizer *world_find_authorizer(const struct world *w, const struct component *component,
                                         const char *appid);
struct authorizer *world_add_authorizer(struct world *w, struct component *component,
                                        const char *appid);
struct code *world_find_code(const struct world *w, const char *text);

/* Keeps a copy of the code and returns it. */
struct code *world_add_code(struct world *w, struct code code);

/* Finds the component that owns this access token. Returns 0, or an errcode: 40001 nobody's or
 * superseded, 42001 expired, 61014 a token of another kind. */
int world_check_token(const struct world *w, struct component **owner, const char *text,
                      int64_t now_ms);

/* Gives the component a new access token: this text, or a made one if text is NULL. */
void component_renew_token(struct component *c, const char *text, int64_t now_ms,
                           int64_t lifetime_ms, int64_t overlap_ms);
