#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

/* Grows a list, if needed, so that one more pointer fits. */
static void *grow_list(void *list, size_t *room, size_t count)
{
    if (count < *room)
        return list;
    *room = *room ? 2 * *room : 64;
    list = realloc(list, *room * sizeof(void *));
    if (!list)
        abort();
    return list;
}

static void component_free(struct component *c)
{
    for (size_t i = 0; i < c->authorizer_count; i++)
        free(c->authorizers[i]);
    free(c->authorizers);
    free(c);
}

void world_done(struct world *w)
{
    for (size_t i = 0; i < w->component_count; i++)
        component_free(w->components[i]);
    for (size_t i = 0; i < w->codes.count; i++)
        free(w->code_list[i]);
    free(w->code_list);
    map_done(&w->authorizers);
    map_done(&w->codes);
}

struct component *world_find_component(const struct world *w, const char *appid)
{
    for (size_t i = 0; i < w->component_count; i++)
        if (strcmp(w->components[i]->appid, appid) == 0)
            return w->components[i];
    return NULL;
}

struct component *world_add_component(struct world *w, const char *appid)
{
    struct component *c = world_find_component(w, appid);
    if (c || w->component_count == COMPONENTS_MAX)
        return c;
    c = allocate(sizeof(*c));
    (void)snprintf(c->appid, sizeof(c->appid), "%s", appid);
    c->origin = token_origin(w->seed, appid);
    c->replay = w->replay;
    w->components[w->component_count++] = c;
    return c;
}

struct authorizer *world_find_authorizer(const struct world *w, const struct component *component,
                                         const char *appid)
{
    char name[sizeof(((struct authorizer *)NULL)->name)];
    int len = snprintf(name, sizeof(name), "%s/%s", component->appid, appid);
    if (len < 0 || (size_t)len >= sizeof(name))
        return NULL;
    return map_find(&w->authorizers, name);
}

struct authorizer *world_add_authorizer(struct world *w, struct component *component,
                                        const char *appid)
{
    struct authorizer *a = world_find_authorizer(w, component, appid);
    if (a)
        return a;
    a = allocate(sizeof(*a));
    authorizer_init(a, component, component->appid, appid, w->seed);
    component->authorizers = grow_list(component->authorizers, &component->authorizer_room,
                                       component->authorizer_count);
    component->authorizers[component->authorizer_count++] = a;
    map_add(&w->authorizers, a->name, a);
    return a;
}

struct code *world_find_code(const struct world *w, const char *text)
{
    return map_find(&w->codes, text);
}

struct code *world_add_code(struct world *w, struct code code)
{
    struct code *kept = allocate(sizeof(*kept));
    *kept = code;
    w->code_list = grow_list(w->code_list, &w->code_room, w->codes.count);
    w->code_list[w->codes.count] = kept;
    map_add(&w->codes, kept->text, kept);
    return kept;
}

static int token_errcode(const struct component_token *token, int64_t now_ms)
{
    if (now_ms >= token->expires_at_ms)
        return 42001;
    return now_ms >= token->superseded_at_ms ? 40001 : 0;
}

int world_check_token(const struct world *w, struct component **owner, const char *text,
                      int64_t now_ms)
{
    if (*text == '\0')
        return 41001;
    for (size_t i = 0; i < w->component_count; i++) {
        struct component *c = w->components[i];
        *owner = c;
        if (strcmp(c->now.text, text) == 0)
            return token_errcode(&c->now, now_ms);
        if (strcmp(c->before.text, text) == 0)
            return token_errcode(&c->before, now_ms);
    }
    *owner = NULL;
    return token_has_kind(text, TOKEN_ACCESS) ? 61014 : 40001;
}

void component_renew_token(struct component *c, const char *text, int64_t now_ms,
                           int64_t lifetime_ms, int64_t overlap_ms)
{
    c->tokens++;
    char made[TOKEN_ROOM];
    token_spell(made, (struct token){TOKEN_COMPONENT, 0, c->origin, c->tokens});
    if (!text)
        text = made;
    if (strcmp(c->now.text, text) != 0) {
        c->before = c->now;
        c->before.superseded_at_ms = now_ms + overlap_ms;
    }
    (void)snprintf(c->now.text, sizeof(c->now.text), "%s", text);
    c->now.expires_at_ms = now_ms + lifetime_ms;
    c->now.superseded_at_ms = INT64_MAX;
}
