/*
 * A lane: the queue of jobs for the same authorizer, or for the same code. They run one after the
 * other.
 *
 * A job enters all of its lanes together and runs when it heads each of them, so lanes cannot
 * deadlock. A lane exists while it has members. Ownership: members are inside jobs; lanes come from
 * the caller's memory. Limits: LANES_PER_JOB lanes for each job.
 */
#pragma once

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "model/appid.h"
#include "model/input.h"

enum { LANES_PER_JOB = 2 };

struct job;

struct lane {
    struct table_entry entry;
    struct lanes *of;
    struct list members; /* in order; the first is the head */
    size_t waiting;      /* members whose jobs wait for a time */
};

struct lane_member {
    struct link in_lane;
    struct lane *lane; /* NULL: in none */
    struct job *job;
    bool is_running; /* its job has headed all of its lanes once */
    bool has_joined; /* it was put before those that wait */
    bool is_covered; /* a refresh that was sent meanwhile covers it */
    bool is_waiting; /* its job waits for a time, and holds up the others */
};

struct lanes {
    struct table table;
    struct pool pool;
    size_t held_up; /* members that wait with one that waits for a time; twice if with two */
};

struct lane_key {
    size_t len;
    char at[TABLE_KEY_MAX];
};

struct lane_key lane_key_of_authorizer(const struct appid *component,
                                       const struct appid *authorizer);
struct lane_key lane_key_of_code(const struct appid *component, const uint8_t digest[DIGEST_BYTES]);

/* Puts the member at the tail. The member is in no lane yet. */
void lane_enter(struct lanes *lanes, struct lane_member *member, const struct lane_key *key);

/* Puts the member before all that wait, but after one that runs and after those that joined
 * earlier. */
void lane_join(struct lanes *lanes, struct lane_member *member, const struct lane_key *key);

/* Takes the member out of its lane and returns the new head, or NULL. */
struct lane_member *lane_leave(struct lanes *lanes, struct lane_member *member);

/* The member's job begins to wait for a time, or no longer does. */
void lane_begin_wait(struct lane_member *member);
void lane_end_wait(struct lane_member *member);

static inline bool lane_is_headed_by(const struct lane_member *member)
{
    return list_first(&member->lane->members) == &member->in_lane;
}
