#include "engine/lane.h"

#include <assert.h>

static void key_add(struct lane_key *key, struct str piece)
{
    assert(key->len + piece.len <= sizeof(key->at));
    memcpy(key->at + key->len, piece.at, piece.len);
    key->len += piece.len;
}

struct lane_key lane_key_of_authorizer(const struct appid *component,
                                       const struct appid *authorizer)
{
    struct lane_key key = {0};
    key_add(&key, STR("a"));
    key_add(&key, appid_str(component));
    key_add(&key, STR("/"));
    key_add(&key, appid_str(authorizer));
    return key;
}

struct lane_key lane_key_of_code(const struct appid *component, const uint8_t digest[DIGEST_BYTES])
{
    struct lane_key key = {0};
    key_add(&key, STR("c"));
    key_add(&key, appid_str(component));
    key_add(&key, STR("/"));
    key_add(&key, (struct str){.at = (const char *)digest, .len = DIGEST_BYTES});
    return key;
}

static struct lane *lane_find_or_make(struct lanes *lanes, const struct lane_key *key)
{
    struct str name = {.at = key->at, .len = key->len};
    struct table_entry *entry = table_find(&lanes->table, name);
    if (entry)
        return CONTAINER(entry, struct lane, entry);

    struct lane *lane = pool_alloc(&lanes->pool);
    assert(lane != NULL); /* the pool has LANES_PER_JOB lanes for each job */
    list_init(&lane->members);
    table_add(&lanes->table, &lane->entry, name);
    return lane;
}

void lane_enter(struct lanes *lanes, struct lane_member *member, const struct lane_key *key)
{
    assert(member->lane == NULL);
    member->lane = lane_find_or_make(lanes, key);
    list_append(&member->lane->members, &member->in_lane);
}

void lane_join(struct lanes *lanes, struct lane_member *member, const struct lane_key *key)
{
    assert(member->lane == NULL);
    struct lane *lane = lane_find_or_make(lanes, key);
    struct lane_member *place = LIST_FIRST(struct lane_member, &lane->members, in_lane);
    while (place && (place->is_running || place->has_joined))
        place = LIST_NEXT(struct lane_member, &lane->members, place, in_lane);

    member->lane = lane;
    member->has_joined = true;
    list_insert_before(&lane->members, place ? &place->in_lane : NULL, &member->in_lane);
}

struct lane_member *lane_leave(struct lanes *lanes, struct lane_member *member)
{
    struct lane *lane = member->lane;
    list_remove(&lane->members, &member->in_lane);
    member->lane = NULL;
    if (!list_is_empty(&lane->members))
        return LIST_FIRST(struct lane_member, &lane->members, in_lane);

    table_remove(&lanes->table, &lane->entry);
    pool_free(&lanes->pool, lane);
    return NULL;
}
