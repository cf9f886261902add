/*
 * Order: jobs that concern the same authorizer, or the same code, one behind the other.
 *
 * A job enters all of its lanes together and runs when it heads each, so lanes cannot deadlock. A lane exists while it has
 * members. Ownership: members are inside jobs, lanes come from the caller's memory. Limits: LANES_PER_JOB a job.
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
    struct list members; /* in order; the first is the head */
};

struct lane_member {
    struct link in_lane;
    struct lane *lane; /* NULL: in none */
    struct job *job;
    bool is_running; /* its job headed all of its lanes once */
    bool has_joined; /* it came in front of those that wait */
    bool is_covered; /* a refresh sent meanwhile will do for it */
};

struct lanes {
    struct table table;
    struct pool pool;
};

struct lane_key {
    size_t len;
    char at[TABLE_KEY_MAX];
};

struct lane_key lane_key_of_authorizer(const struct appid *component,
                                       const struct appid *authorizer);
struct lane_key lane_key_of_code(const struct appid *component, const uint8_t digest[DIGEST_BYTES]);

/* At the tail. The member is in no lane yet. */
void lane_enter(struct lanes *lanes, struct lane_member *member, const struct lane_key *key);

/* In front of all that wait, behind one that runs and those that joined before. */
void lane_join(struct lanes *lanes, struct lane_member *member, const struct lane_key *key);

/* Out of its lane. The new head, or NULL. */
struct lane_member *lane_leave(struct lanes *lanes, struct lane_member *member);

static inline bool lane_is_headed_by(const struct lane_member *member)
{
    return list_first(&member->lane->members) == &member->in_lane;
}
