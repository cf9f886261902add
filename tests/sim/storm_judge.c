#include <stdarg.h>

#include "sim/storm_parts.h"

void judge_fail(struct storm *storm, const char *format, ...)
{
    if (storm->violation[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(storm->violation, sizeof(storm->violation), format, arguments);
    va_end(arguments);
    storm_say(storm, "VIOLATED: %s", storm->violation);
}

/* One call at a time per authorizer and worker, but for a code whose authorizer is not known. */
void judge_call(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct appid *authorizer = &job->work.input.authorizer;
    const struct storm_book *book = worker_book(worker, job);
    judge_banned(storm, worker, job);
    if (job->work.call == CALL_QUERY_AUTH && job->calls == 1 && book->is_code_known &&
        !job->work.owes)
        judge_fail(storm, "a code is sent that a row is known to have");
    if (job->work.call == CALL_QUERY_AUTH && book->is_code_answered)
        judge_fail(storm, "a code is sent that has been answered");
    if (!appid_is_known(authorizer))
        return;
    for (size_t i = 0; i < worker->errand_count; i++) {
        const struct storm_errand *errand = &worker->errands[i];
        if (errand->effect == EFFECT_CALL &&
            appid_equal(authorizer, &errand->job->work.input.authorizer))
            judge_fail(storm, "two calls at once for %.*s", STR_ARGS(appid_str(authorizer)));
    }
}

void judge_issue(struct storm *storm, struct storm_book *book, const struct job *job,
                 const struct answer *answer)
{
    if (answer->kind != ANSWER_DONE || job->work.call == CALL_AUTHORIZER_INFO)
        return;
    const struct appid *name = job->work.call == CALL_QUERY_AUTH ? &answer->authorizer
                                                                 : &job->work.input.authorizer;
    book->account = world_find_account(&storm->world, appid_str(name));
    book->owes = true;
    (void)snprintf(book->issued, sizeof(book->issued), "%.*s", STR_ARGS(answer->access_token));
}

static void judge_refresh_token(struct storm *storm, const struct world_row *row,
                                struct str refresh_token)
{
    int *newest = &storm->newest_refresh_token[row - storm->world.rows];
    bool *holds = &storm->holds_refresh_token[row - storm->world.rows];
    int64_t number = 0;
    const char *dash = refresh_token.at ? memchr(refresh_token.at, '-', refresh_token.len) : NULL;
    if (!dash ||
        !str_to_int64((struct str){refresh_token.at + 1, (size_t)(dash - refresh_token.at) - 1},
                      &number)) {
        if (*holds)
            judge_fail(storm, "a blank refresh token over a known one");
        return;
    }
    if (number < *newest)
        judge_fail(storm, "an older refresh token over a newer one");
    *newest = (int)number;
    *holds = true;
}

/* What a withdrawal has ended no older authorisation begins again. */
static void judge_order(struct storm *storm, const struct world_row *row,
                        const struct change *change)
{
    const struct storm_version *before = NULL;
    for (size_t i = 0; i < storm->version_count; i++) {
        if (storm->versions[i].row == row)
            before = &storm->versions[i];
    }
    if (!before)
        return;
    if (change->authorized_at_s < before->authorized_at_s)
        judge_fail(storm, "an older authorisation change over a newer one");
    if (before->status == STATUS_UNAUTHORIZED && change->status == STATUS_AUTHORIZED &&
        change->authorized_at_s == before->authorized_at_s)
        judge_fail(storm, "an authorisation over a withdrawal of the same second");
}

void judge_write(struct storm *storm, struct storm_book *book, const struct change *change,
                 int64_t version)
{
    struct world_row *row = world_find_row(&storm->world, appid_str(&change->authorizer));
    judge_order(storm, row, change);
    if (storm->version_count < STORM_VERSIONS_MAX)
        storm->versions[storm->version_count++] = (struct storm_version){
            .row = row,
            .version = version,
            .cause = change->cause,
            .writer = change->writer,
            .called_at = book->called_at,
            .written_at = storm->step,
            .status = change->status,
            .authorized_at_s = change->authorized_at_s,
        };
    judge_status(storm, book, change);
    if (change->status != STATUS_UNAUTHORIZED)
        judge_refresh_token(storm, row, change->refresh_token);
    else
        storm->holds_refresh_token[row - storm->world.rows] = false;
    if (book->foreign[0] && str_equal(change->access_token, str_of(book->foreign)))
        judge_fail(storm, "stored what came for another authorizer");
    if (change->status == STATUS_AUTHORIZED && book->issued[0] &&
        !str_equal(change->access_token, str_of(book->issued)))
        judge_fail(storm, "wrote another token than the last one issued to it");
    book->owes = false;
    book->late_until_ms = 0; /* the row has it */
    book->has_stored = true;
    book->version = version;
}

bool judge_is_announced(const struct storm *storm, const struct storm_version *version)
{
    return storm->world.announced[version->row - storm->world.rows] >= version->version;
}

void judge_announcement(struct storm *storm, const struct authorizer *row)
{
    const struct world_row *stored = world_find_row(&storm->world, appid_str(&row->authorizer));
    if (!stored || stored->row.version < row->version) {
        judge_fail(storm, "version %lld of %.*s is announced and not in the database",
                   (long long)row->version, STR_ARGS(appid_str(&row->authorizer)));
        return;
    }
    if (!world_announce(&storm->world, appid_str(&row->authorizer), row->version))
        judge_fail(storm, "version %lld of %.*s appears out of order", (long long)row->version,
                   STR_ARGS(appid_str(&row->authorizer)));
}

static bool is_written_by(const struct storm *storm, const struct origin *origin)
{
    for (size_t i = 0; i < storm->version_count; i++) {
        if (origin_equal(&storm->versions[i].cause, origin))
            return true;
    }
    return false;
}

/* One who has lost the partition, and works what binds it to its end. */
static bool is_by_another(const struct storm *storm, const struct storm_worker *worker,
                          const struct storm_version *version)
{
    for (size_t i = 0; i < storm->worker_count; i++) {
        if (storm->workers[i].writer == version->writer)
            return &storm->workers[i] != worker;
    }
    return false;
}

static void judge_dropped(struct storm *storm, const struct storm_book *book, const struct job *job)
{
    const struct world_row *row = world_find_row(&storm->world,
                                                 appid_str(&job->work.input.authorizer));
    if (book->has_stored && storm->world.announced[row - storm->world.rows] < book->version)
        judge_fail(storm, "dropped after it has stored");
}

/* A parked record whose lease was over is done by another, and the one who had it first is about
 * to announce. */
static bool is_in_hand(const struct storm *storm, const struct storm_version *version)
{
    for (size_t i = 0; i < storm->worker_count; i++) {
        const struct list *taken = &storm->workers[i].engine.claimed;
        if (storm->workers[i].writer != version->writer)
            continue;
        LIST_FOR_EACH(struct job, job, taken, in_claimed) {
            if (job->has_stored && origin_equal(&job->work.origin, &version->cause))
                return true;
        }
    }
    return false;
}

/* All versions that the record caused, at the hands of whoever it was, are announced. */
void judge_caused(struct storm *storm, const struct storm_worker *worker,
                  const struct origin *origin)
{
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        if (origin_equal(&version->cause, origin) && !judge_is_announced(storm, version) &&
            !is_by_another(storm, worker, version) && !version->is_overtaken &&
            !is_in_hand(storm, version))
            judge_fail(storm, "%.*s/%d@%lld is done, its version %lld is not announced",
                       STR_ARGS(origin->topic), origin->partition, (long long)origin->offset,
                       (long long)version->version);
    }
}

static struct world_account *account_of(struct storm *storm, const struct world_row *row)
{
    return world_find_account(&storm->world, appid_str(&row->row.authorizer));
}

/*
 * The writer was killed, and the worker that has the record now could not see what was written:
 * both had it at once, or it is a redirect whose authorizer nobody knows any more. That version is
 * announced before the next write.
 */
static void note_overtaken(struct storm *storm, const struct storm_worker *worker,
                           const struct storm_book *book, const struct job *job)
{
    const struct origin *origin = &job->work.origin;
    bool can_see = appid_is_known(&job->work.input.authorizer);
    for (size_t i = 0; i < storm->version_count; i++) {
        struct storm_version *version = &storm->versions[i];
        if (!origin_equal(&version->cause, origin) || judge_is_announced(storm, version) ||
            is_by_another(storm, worker, version) || version->writer == worker->writer ||
            (can_see && version->written_at <= book->looked_at))
            continue;
        version->is_overtaken = true;
        judge_excuse(storm, account_of(storm, version->row));
    }
}

static void judge_cover(struct storm *storm, const struct storm_worker *worker,
                        const struct storm_book *book, const struct job *job)
{
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        if (version->writer == worker->writer && version->called_at > book->taken_at &&
            appid_equal(&version->row->row.authorizer, &job->work.input.authorizer) &&
            judge_is_announced(storm, version))
            return;
    }
    judge_fail(storm, "covered by a refresh that is not stored and announced");
}

static void judge_debt(struct storm *storm, const struct storm_book *book, const struct job *job)
{
    if (!book->owes)
        return;
    const struct authorizer *row = &job->work.row;
    bool is_exchange = job->work.input.kind == INPUT_AUTHORIZATION_CHANGED;
    bool is_withdrawn = authorizer_exists(row) && row->status == STATUS_UNAUTHORIZED &&
                        (!is_exchange || row->authorized_at_s >= job->work.input.create_time_s);
    if (job->outcome != OUTCOME_DEAD && !is_withdrawn)
        judge_fail(storm, "ends owing a write");
    if (is_withdrawn)
        /* An exchange that ran meanwhile may have been issued a token before this one. */
        judge_excuse(storm, book->account);
}

size_t judge_partition_at(const struct storm *storm, const struct origin *origin)
{
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        const struct world_partition *partition = &storm->world.partitions[i];
        if (partition->number == origin->partition &&
            str_equal(str_of(partition->topic), origin->topic))
            return i;
    }
    return 0;
}

static const struct origin **served_by(struct storm *storm, const struct origin *origin)
{
    return &storm->served_by[judge_partition_at(storm, origin)][origin->offset];
}

/* A refresh is left to another that is parked; but two are never left to each other. */
static void judge_served(struct storm *storm, const struct storm_book *book, const struct job *job)
{
    const struct origin *other = book->served_by;
    if (!other)
        judge_fail(storm, "served, and no other refresh is parked");
    *served_by(storm, &job->work.origin) = other;
    int steps = 0;
    while (other && !world_find_parked(&storm->world, other) && steps++ < WORLD_RECORDS_MAX)
        other = *served_by(storm, other);
    if (steps >= WORLD_RECORDS_MAX)
        judge_fail(storm, "refreshes are left to one another");
}

void judge_end(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct storm_book *book = worker_book(worker, job);
    const struct origin *origin = &job->work.origin;
    bool *is_finished = &storm->is_finished[judge_partition_at(storm, origin)][origin->offset];
    if (job->outcome == OUTCOME_PARKED || job->outcome == OUTCOME_PARKED_BEFORE) {
        *is_finished = true;
        return;
    }
    if (worker->engine.is_abandoning && job->outcome == OUTCOME_DROPPED)
        return; /* see judge_left */
    judge_debt(storm, book, job);
    if (job->outcome == OUTCOME_DROPPED) {
        judge_dropped(storm, book, job);
        return;
    }
    note_overtaken(storm, worker, book, job);
    judge_caused(storm, worker, origin);
    if (job->outcome == OUTCOME_DEAD)
        judge_dead_letter(storm, book, job);
    if (job->outcome == OUTCOME_SERVED)
        judge_served(storm, book, job);
    if (job->outcome == OUTCOME_COVERED)
        judge_cover(storm, worker, book, job);
    if (job->outcome == OUTCOME_UPDATED && !book->has_stored)
        judge_fail(storm, "updated, and nothing was stored");
    if (job->outcome == OUTCOME_ANNOUNCED_AGAIN && !is_written_by(storm, origin))
        judge_fail(storm, "announced again, and never written");
    *is_finished = true;
}

static bool works_on(const struct storm_worker *worker, const struct appid *authorizer)
{
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        LIST_FOR_EACH(struct job, job, &worker->engine.places.states[state], in_state) {
            if (job->calls && appid_equal(&job->work.input.authorizer, authorizer))
                return true;
        }
    }
    return false;
}

/* Another works on the authorizer, or has written since the job was taken: then the redelivery
 * may find it done. */
static bool has_crossed(const struct storm *storm, const struct storm_worker *worker,
                        const struct storm_book *book)
{
    const struct appid *authorizer = &book->account->appid;
    for (size_t i = 0; i < storm->worker_count; i++) {
        if (&storm->workers[i] != worker && works_on(&storm->workers[i], authorizer))
            return true;
    }
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        if (version->writer != worker->writer && version->written_at >= book->taken_at &&
            appid_equal(&version->row->row.authorizer, authorizer))
            return true;
    }
    return false;
}

/*
 * A token that a killed worker had been issued may be lost if another call has crossed it, or if
 * nobody knows whose code it was, as the limits say. A version that it had stored and not announced
 * is announced by the worker that has its record next or, if another has finished that record in
 * the meantime, before the next write.
 */
void judge_kill(struct storm *storm, const struct storm_worker *worker)
{
    for (size_t i = 0; i < STORM_JOBS_MAX; i++) {
        const struct storm_book *book = &worker->books[i];
        late_judge_kill(storm, book);
        if (book->owes && book->account && (book->is_redirect || has_crossed(storm, worker, book)))
            judge_excuse(storm, book->account);
    }
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        const struct origin *cause = &version->cause;
        if (version->writer == worker->writer && !judge_is_announced(storm, version) &&
            storm->is_finished[judge_partition_at(storm, cause)][cause->offset] &&
            !world_find_parked((struct world *)&storm->world, cause))
            judge_excuse(storm, account_of(storm, version->row));
    }
}

void judge_commit(struct storm *storm, const struct world_partition *partition, int64_t position)
{
    size_t at = (size_t)(partition - storm->world.partitions);
    if (position < partition->committed)
        judge_fail(storm, "an offset goes back");
    for (int64_t i = partition->committed; i < position; i++) {
        if (!storm->is_finished[at][i])
            judge_fail(storm, "%s/%d commits %lld, %lld is not finished", partition->topic,
                       partition->number, (long long)position, (long long)i);
        const struct origin *origin = &partition->records[i].record.origin;
        if (!world_find_parked(&storm->world, origin))
            judge_caused(storm, storm->owners[at], origin);
    }
}

void judge_rest(struct storm *storm)
{
    struct world *world = &storm->world;
    for (size_t i = 0; i < storm->worker_count; i++) {
        if (engine_count(&storm->workers[i].engine))
            judge_fail(storm, "%s is not idle", storm->workers[i].name);
    }
    for (size_t i = 0; i < world->partition_count; i++) {
        const struct world_partition *partition = &world->partitions[i];
        if (partition->committed != (int64_t)partition->record_count)
            judge_fail(storm, "%s/%d rests at %lld of %zu", partition->topic, partition->number,
                       (long long)partition->committed, partition->record_count);
    }
    if (world->parked_count)
        judge_fail(storm, "%zu records stay parked", world->parked_count);
    for (size_t i = 0; i < world->row_count; i++) {
        const struct authorizer *row = &world->rows[i].row;
        const struct world_account *account = account_of(storm, &world->rows[i]);
        bool is_excused = account && storm->is_excused[account - world->accounts];
        if (world->announced[i] != row->version && !is_excused)
            judge_fail(storm, "%.*s is announced up to %lld of %lld",
                       STR_ARGS(appid_str(&row->authorizer)), (long long)world->announced[i],
                       (long long)row->version);
    }
}
