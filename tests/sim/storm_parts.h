/*
 * The inside of a storm.
 *
 * What happens: storm.c draws it. storm_worker.c plays a worker, storm_errands.c its adapters,
 * storm_late.c the requests that act late, storm_merchant.c WeChat's side and the topics.
 *
 * What must hold: storm_judge.c checks jobs, offsets and versions; storm_parked.c parked records;
 * storm_ban.c calls that WeChat does not want now; storm_engine.c the inside of the engine;
 * storm_account.c that an account is condemned only by WeChat's word, and never for good.
 *
 * Private to storm*.c. The judge keeps its own books (what WeChat issued to whom, what was written
 * and announced), so it never asks the engine whether the engine was right.
 */
#pragma once

#include "engine/events.h"
#include "sim/storm.h"
#include "sim/world.h"

enum {
    STORM_WORKERS_MAX = 3,
    STORM_JOBS_MAX = 16,
    STORM_ASSIGNMENTS_MAX = 48,
    STORM_VERSIONS_MAX = 512,
    STORM_ACCOUNTS = 4,
};

/* What the judge knows of a job. The members named *_at are steps of the run. */
struct storm_book {
    struct origin origin;
    int64_t taken_at;
    int64_t looked_at; /* when its row was last read, or else when it was taken */
    int64_t called_at; /* when its last call was handed over */
    bool owes;         /* one of its calls acted, and no write of its own holds the result yet */
    bool has_stored;
    int64_t version;                /* the last one that it stored */
    bool is_redirect;               /* the record names no authorizer */
    bool is_code_known;             /* its last load found a row with its code */
    const struct origin *served_by; /* its last load found this other refresh parked; NULL: none */
    bool is_code_answered;          /* its code was exchanged, and the answer reached it */
    struct world_account *account;
    char issued[WORLD_NAME_MAX];  /* the last token that WeChat issued to it */
    int32_t errcode;              /* of the last answer; 0: it was no refusal, or none came */
    int32_t call_errcode;         /* of the last refusal of a call that was no inquiry */
    char brought[WORLD_NAME_MAX]; /* refresh token of its last success: answered, else sent */
    char refused[WORLD_NAME_MAX]; /* the last refresh token that WeChat refused to it */
    bool knows_debt;              /* it was claimed with a debt */
    char foreign[WORLD_NAME_MAX]; /* a token from an answer that named another authorizer */
    /* Since then WeChat has reported to it no token, or only the refused one; 0: not so. */
    int64_t vain_since_ms;
    /* A call of the job is given up and may act until then; 0: none, or a row says so. */
    int64_t late_until_ms;
    struct world_account *late_account; /* of that call */
};

/* A job in an adapter's hands. */
struct storm_errand {
    struct job *job;
    enum effect effect;
    bool has_acted;
    bool is_given_up; /* CALL: nobody waits for the answer any more */
    bool is_written;  /* STORE */
    int64_t version;
    struct answer answer; /* CALL */
    char secret[WORLD_NAME_MAX];
    char access_token[WORLD_NAME_MAX], refresh_token[WORLD_NAME_MAX];
};

struct storm_assignment {
    struct world_partition *of; /* NULL: free */
    struct partition partition;
    int64_t position; /* the next offset to take */
};

/* WeChat has told the worker that calls of this kind cannot succeed now. */
struct storm_ban {
    int64_t told_at; /* steps of the run */
    int64_t until_ms;
    int64_t passed_ms; /* when such a call last passed; 0: never */
};

struct storm_worker {
    char name[WORLD_NAME_MAX];
    uint64_t writer;
    struct engine engine;
    void *memory;
    struct storm_assignment assignments[STORM_ASSIGNMENTS_MAX];
    struct storm_errand errands[STORM_JOBS_MAX];
    size_t errand_count;
    bool has_store_failed; /* its last store, and not because of the row */
    struct storm_book books[STORM_JOBS_MAX];
    struct storm_ban bans[WORLD_COMPONENTS_MAX][CALL_AUTHORIZER_INFO + 1]; /* by call */
};

/* One version of one row, as it was written. */
struct storm_version {
    struct world_row *row;
    int64_t version;
    struct origin cause;
    uint64_t writer;
    int64_t called_at; /* when the call that led to it was handed over */
    int64_t written_at;
    enum authorizer_status status;
    int64_t authorized_at_s;
    /* Its writer is gone, and a worker that could not see this version finished its record. */
    bool is_overtaken;
};

struct storm {
    struct world world;
    struct storm_worker workers[STORM_WORKERS_MAX];
    size_t worker_count;
    uint64_t random;
    uint64_t writers;
    int64_t step;
    bool is_calm;                    /* the faults have stopped */
    int skips[WORLD_COMPONENTS_MAX]; /* claims of others in a row, while it had something due */
    FILE *out;

    ms_t late_effect_ms;

    uint64_t hot_percent; /* of the events that are those of one account */
    uint64_t tick_max_ms;
    size_t topic_partitions;
    int64_t codes;
    struct storm_worker *owners[WORLD_PARTITIONS_MAX]; /* in Kafka's view */
    bool is_finished[WORLD_PARTITIONS_MAX][WORLD_RECORDS_MAX];
    /* Records that ended because another refresh was parked: which. */
    const struct origin *served_by[WORLD_PARTITIONS_MAX][WORLD_RECORDS_MAX];
    struct storm_book parked[WORLD_PARTITIONS_MAX][WORLD_RECORDS_MAX]; /* of parked records */
    struct storm_version versions[STORM_VERSIONS_MAX];
    size_t version_count;
    int newest_refresh_token[WORLD_ROWS_MAX]; /* by row */
    bool holds_refresh_token[WORLD_ROWS_MAX];
    int64_t changed_at_s[WORLD_ROWS_MAX]; /* by account: create_time of its last change */
    /* By account: the date of its last authorisation, from the first record that told it. */
    int64_t authorized_at_s[WORLD_ROWS_MAX];
    /* By account: its last token may have been lost, as docs/GUARANTEES.md allows. */
    bool is_excused[WORLD_ROWS_MAX];
    char violation[256]; /* empty: none yet */
};

/* Draws a number below `below`. */
uint64_t storm_draw(struct storm *storm, uint64_t below);

/* Draws whether a fault happens; never when calm. */
bool storm_chance(struct storm *storm, uint64_t percent);

__attribute__((format(printf, 2, 3))) void storm_say(struct storm *storm, const char *format, ...);

/* storm_worker.c */
void worker_start(struct storm *storm, struct storm_worker *worker);
void worker_kill(struct storm *storm, struct storm_worker *worker);
void worker_free(struct storm_worker *worker);
void worker_assign(struct storm *storm, struct storm_worker *worker, struct world_partition *of);
struct storm_assignment *worker_assignment(struct storm_worker *worker,
                                           const struct world_partition *of);
void worker_step(struct storm *storm, struct storm_worker *worker, struct event event);
bool worker_poll(struct storm *storm, struct storm_worker *worker);
bool worker_can_claim(struct storm *storm, const struct storm_worker *worker);
bool worker_take_due(struct storm *storm, struct storm_worker *worker);
void worker_leave(struct storm *storm, struct storm_worker *worker);
bool worker_take(struct storm *storm, struct storm_worker *worker, enum effect effect);
bool worker_act(struct storm *storm, struct storm_worker *worker);
bool worker_return(struct storm *storm, struct storm_worker *worker);
void worker_give_up_calls(struct storm *storm, struct storm_worker *worker);
struct storm_book *worker_book(struct storm_worker *worker, const struct job *job);

void worker_say(struct storm *storm, const struct storm_worker *worker, const struct job *job,
                const char *what);

/* storm_errands.c */
struct wechat_request errand_request(const struct job *job);
void errand_act(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand);
struct returned errand_return(struct storm *storm, struct storm_worker *worker,
                              struct storm_errand *errand);

/* storm_late.c */
void late_give_up(struct storm *storm, struct storm_worker *worker, struct storm_errand *errand);
void late_act(struct storm *storm);
void late_act_before(struct storm *storm, int64_t ms);
void late_judge_kill(struct storm *storm, const struct storm_book *book);

/* storm_merchant.c */
void merchant_open(struct storm *storm);
void merchant_act(struct storm *storm);
void merchant_calm(struct storm *storm);
void merchant_refresh_excused(struct storm *storm);
void merchant_authorize_all(struct storm *storm);

/* storm_judge.c */
__attribute__((format(printf, 2, 3))) void judge_fail(struct storm *storm, const char *format, ...);
void judge_call(struct storm *storm, struct storm_worker *worker, const struct job *job);
void judge_issue(struct storm *storm, struct storm_book *book, const struct job *job,
                 const struct answer *answer);
void judge_write(struct storm *storm, struct storm_book *book, const struct change *change,
                 int64_t version);
void judge_announcement(struct storm *storm, const struct authorizer *row);

/* storm_parked.c */
void judge_park(struct storm *storm, struct storm_worker *worker, const struct job *job);
void judge_take_up(struct storm *storm, struct storm_worker *worker, const struct job *job);
void judge_unpark(struct storm *storm, struct storm_worker *worker, const struct job *job,
                  const struct parked *deleted);
void judge_left(struct storm *storm, struct storm_worker *worker);
void judge_waiting(struct storm *storm, const struct storm_worker *worker);

/* storm_judge.c again */
void judge_end(struct storm *storm, struct storm_worker *worker, const struct job *job);
void judge_kill(struct storm *storm, const struct storm_worker *worker);
void judge_commit(struct storm *storm, const struct world_partition *partition, int64_t position);
void judge_rest(struct storm *storm);
size_t judge_partition_at(const struct storm *storm, const struct origin *origin);
bool judge_is_announced(const struct storm *storm, const struct storm_version *version);
void judge_caused(struct storm *storm, const struct storm_worker *worker,
                  const struct origin *origin);

/* storm_ban.c */
void judge_ban(struct storm *storm, struct storm_worker *worker, const struct storm_errand *errand);
void judge_banned(struct storm *storm, struct storm_worker *worker, const struct job *job);

/* storm_engine.c */
void judge_engine(struct storm *storm, const struct storm_worker *worker);

/* storm_account.c */
void judge_told(const struct storm *storm, struct storm_book *book,
                const struct storm_errand *errand);
void judge_status(struct storm *storm, const struct storm_book *book, const struct change *change);
void judge_dead_letter(struct storm *storm, const struct storm_book *book, const struct job *job);
void judge_excuse(struct storm *storm, const struct world_account *account);
void judge_accounts(struct storm *storm);
void judge_tokens(struct storm *storm);
void judge_return(struct storm *storm);
