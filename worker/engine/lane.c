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
    lane->of = lanes;
    lane->waiting = 0;
    table_add(&lanes->table, &lane->entry, name);
    return lane;
}

/* Each change of a lane is made between these two. */
static void uncount(struct lane *lane)
{
    if (lane->waiting)
        lane->of->held_up -= lane->waiting * (lane->members.count - 1);
}

static void recount(struct lane *lane)
{
    if (lane->waiting)
        lane->of->held_up += lane->waiting * (lane->members.count - 1);
}

void lane_begin_wait(struct lane_member *member)
{
    assert(!member->is_waiting);
    uncount(member->lane);
    member->is_waiting = true;
    member->lane->waiting++;
    recount(member->lane);
}

void lane_end_wait(struct lane_member *member)
{
    assert(member->is_waiting);
    uncount(member->lane);
    member->is_waiting = false;
    member->lane->waiting--;
    recount(member->lane);
}

void lane_enter(struct lanes *lanes, struct lane_member *member, const struct lane_key *key)
{
    assert(member->lane == NULL);
    struct lane *lane = lane_find_or_make(lanes, key);
    uncount(lane);
    member->lane = lane;
    list_append(&lane->members, &member->in_lane);
    recount(lane);
}

void lane_join(struct lanes *lanes, struct lane_member *member, const struct lane_key *key)
{
    assert(member->lane == NULL);
    struct lane *lane = lane_find_or_make(lanes, key);
    struct lane_member *place = LIST_FIRST(struct lane_member, &lane->members, in_lane);
    while (place && (place->is_running || place->has_joined))
        place = LIST_NEXT(struct lane_member, &lane->members, place, in_lane);

    uncount(lane);
    member->lane = lane;
    member->has_joined = true;
    list_insert_before(&lane->members, place ? &place->in_lane : NULL, &member->in_lane);
    recount(lane);
}

struct lane_member *lane_leave(struct lanes *lanes, struct lane_member *member)
{
    struct lane *lane = member->lane;
    if (member->is_waiting)
        lane_end_wait(member);
    uncount(lane);
    list_remove(&lane->members, &member->in_lane);
    recount(lane);
    member->lane = NULL;
    if (!list_is_empty(&lane->members))
        return LIST_FIRST(struct lane_member, &lane->members, in_lane);

    table_remove(&lanes->table, &lane->entry);
    pool_free(&lanes->pool, lane);
    return NULL;
}
