/*
 * The world around the simulated workers: a database, WeChat and Kafka, each as small as its
 * promises.
 *
 * The database fences writes by version. WeChat issues tokens A1, A2, … in the order in which
 * requests reach it, accepts a code once, and forgets nothing. Kafka keeps partitions, committed
 * offsets and what was produced. Everything can be read in a trace; there are no secrets here.
 * Ownership: fixed arrays. Limits: the enums below; a script that needs more has a bug.
 */
#pragma once

#include "base/list.h"
#include "base/text.h"
#include "base/time.h"
#include "model/change.h"
#include "model/parked.h"
#include "model/record.h"
#include "model/wechat.h"

enum {
    WORLD_COMPONENTS_MAX = 3,
    WORLD_ROWS_MAX = 32,
    WORLD_CODES_MAX = 32,
    WORLD_PARTITIONS_MAX = 8,
    WORLD_RECORDS_MAX = 64,
    WORLD_NAME_MAX = 48,
    WORLD_SCOPES_MAX = 8,
    WORLD_PARKED_MAX = WORLD_PARTITIONS_MAX * WORLD_RECORDS_MAX,
    WORLD_LATE_MAX = 32,
};

struct world_row {
    struct authorizer row; /* its views point into the members below */
    char access_token[WORLD_NAME_MAX], refresh_token[WORLD_NAME_MAX], topic[WORLD_NAME_MAX];
    int32_t scopes[WORLD_SCOPES_MAX];
};

/* A third-party platform, and how WeChat treats it. */
struct world_component {
    struct appid appid;
    char token_in_database[WORLD_NAME_MAX];
    char token_at_wechat[WORLD_NAME_MAX];
    /* By call: WeChat refuses every such call with this errcode; 0: it does not. */
    int32_t errcodes[CALL_AUTHORIZER_INFO + 1];
    uint64_t claimed; /* number of the last claim of one of its records */
};

struct world_account {
    struct world_component *component;
    struct appid appid; /* no two components have the same account */
    bool is_authorized;
    bool is_broken;    /* WeChat refuses its refresh token, but still reports it */
    bool is_exchanged; /* a code was exchanged; until then WeChat reports no refresh token */
    char refresh_token[WORLD_NAME_MAX];
    char last_access_token[WORLD_NAME_MAX];
    int refresh_tokens_issued;
};

struct world_code {
    char code[WORLD_NAME_MAX];
    struct world_account *account;
    int of_refresh_token;  /* the authorisation it belongs to; a later one makes it invalid */
    int64_t expires_at_ms; /* 0: never */
    bool is_spent;
    bool has_permission; /* false: a success without tokens */
};

struct world_record {
    struct record record;
    struct input input;
    char code[WORLD_NAME_MAX];
    bool is_undecodable;
};

struct world_partition {
    char topic[WORLD_NAME_MAX];
    int32_t number;
    struct world_record records[WORLD_RECORDS_MAX];
    size_t record_count;
    int64_t committed;
};

/* A row of wxtoken.parked. */
struct world_parked {
    struct world_record *record;
    struct parked parked;
    int64_t due_ms;
};

/* A request that nobody waits for any more, and on which WeChat acts late. */
struct world_late {
    enum wechat_call call;
    struct appid component, authorizer;
    char component_token[WORLD_NAME_MAX], secret[WORLD_NAME_MAX];
    int64_t until_ms; /* WeChat acts before */
};

struct world {
    int64_t now_ms;
    struct world_component components[WORLD_COMPONENTS_MAX];
    size_t component_count;
    struct world_row rows[WORLD_ROWS_MAX];
    size_t row_count;
    struct world_account accounts[WORLD_ROWS_MAX];
    size_t account_count;
    struct world_code codes[WORLD_CODES_MAX];
    size_t code_count;
    struct world_partition partitions[WORLD_PARTITIONS_MAX];
    size_t partition_count;
    struct world_parked parked[WORLD_PARKED_MAX];
    size_t parked_count;
    uint64_t claims;
    struct world_late late[WORLD_LATE_MAX];
    size_t late_count;
    bool is_topic_missing; /* Kafka takes no message */
    int access_tokens_issued;
    int64_t announced[WORLD_ROWS_MAX]; /* by row: versions 1 to this are announced, without a gap */
};

void world_init(struct world *world);

/* Adds a component; WeChat and the database have the same token. */
struct world_component *world_add_component(struct world *world, struct str name, struct str token);
struct world_component *world_find_component(struct world *world, struct str name);

struct world_row *world_find_row(struct world *world, struct str authorizer);
struct world_row *world_find_digest(struct world *world, const uint8_t digest[DIGEST_BYTES]);
struct world_row *world_add_row(struct world *world, struct str authorizer);

struct world_account *world_find_account(struct world *world, struct str authorizer);

/* Authorises the component for an account, with a new refresh token. An account that is authorised
 * keeps its token: it only changes what it grants. */
struct world_account *world_authorize(struct world *world, struct world_component *component,
                                      struct str authorizer);
struct world_code *world_add_code(struct world *world, struct str code,
                                  struct world_account *account);

/* In this world the digest of a code is its text, padded. */
void world_digest(uint8_t digest[DIGEST_BYTES], struct str code);

struct world_partition *world_find_partition(struct world *world, struct str name);
struct world_record *world_append(struct world_partition *partition, int64_t timestamp_ms);

/* The database. Returns true and sets *version if the write is based on the stored version. */
bool world_store(struct world *world, const struct change *change, int64_t *version);

/* The table of parked records. world_park inserts or updates a row. world_first_parked returns the
 * row that is due first. world_claim claims a row that is due, with a lease: of the component whose
 * turn was longest ago, but not of those that are left alone. world_unpark deletes a row, unless it
 * was claimed or parked again since. */
void world_park(struct world *world, struct record *record, const struct parked *parked,
                ms_t wait_ms);
struct world_parked *world_first_parked(struct world *world);
bool world_has_due(const struct world *world, const struct world_component *component);
struct world_parked *world_claim(struct world *world, ms_t lease_ms, const struct appid *left_alone,
                                 size_t left_alone_count);
bool world_unpark(struct world *world, const struct origin *origin, int64_t revision);
struct world_parked *world_find_parked(struct world *world, const struct origin *origin);

/* Returns the parked refresh that serves a refresh of the row, or NULL. If `mine` is parked too,
 * only one with a smaller origin serves it. */
struct world_parked *world_find_serving(struct world *world, const struct world_row *row,
                                        const struct origin *mine);

/* WeChat: acts on the request when it arrives. */
void world_call(struct world *world, const struct wechat_request *request, struct answer *answer);

/* The caller gives the request up, and WeChat acts on it late, before `until_ms`. Returns false,
 * and WeChat never acts, if too many act late. */
bool world_give_up(struct world *world, const struct wechat_request *request, int64_t until_ms);

/* WeChat acts on a request that was given up, the one at index `at`. */
void world_act_late(struct world *world, size_t at, struct answer *answer);

/* Notes that a version was announced. Returns true if it came in order; a repetition counts as in
 * order. */
bool world_announce(struct world *world, struct str authorizer, int64_t version);
