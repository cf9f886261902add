#include "sim/storm_parts.h"

/* What must hold of parked records: each takes its debt along, and nothing waits in memory for
 * long. */

static struct storm_book *book_of_parked(struct storm *storm, const struct origin *origin)
{
    return &storm->parked[judge_partition_at(storm, origin)][origin->offset];
}

/* The job itself; another of the same record may still be about to. */
static bool has_to_announce(const struct storm *storm, const struct storm_book *book)
{
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        if (book->has_stored && version->version == book->version &&
            origin_equal(&version->cause, &book->origin) && !judge_is_announced(storm, version))
            return true;
    }
    return false;
}

void judge_park(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct storm_book *book = worker_book(worker, job);
    struct storm_book *parked = book_of_parked(storm, &job->work.origin);
    const struct origin *origin = &job->work.origin;
    storm->served_by[judge_partition_at(storm, origin)][origin->offset] = NULL;
    if (book->owes && !job->parked.owes)
        judge_fail(storm, "parked without its debt");
    if (!worker->engine.is_abandoning && has_to_announce(storm, book))
        judge_fail(storm, "parked after it has stored");
    /* judge_tokens sees if a late debt is paid. */
    bool owes = !job->parked.is_late_debt && (book->owes || parked->owes);
    *parked = *book;
    parked->owes = owes;
}

/* What it knows of WeChat's answers it knows again; what it has stored it has to find. */
void judge_take_up(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct storm_book *parked = book_of_parked(storm, &job->work.origin);
    struct storm_book *book = worker_book(worker, job);
    struct storm_book now = *parked;
    now.origin = book->origin;
    now.taken_at = now.looked_at = book->taken_at;
    now.called_at = 0;
    now.has_stored = false;
    now.knows_debt = job->work.owes || job->work.is_late_debt;
    *book = now;
}

/* The row of the table goes: all that the record caused is announced, and its debt is paid. */
void judge_unpark(struct storm *storm, struct storm_worker *worker, const struct job *job,
                  const struct parked *deleted)
{
    if (deleted->owes && !worker_book(worker, job)->knows_debt)
        judge_fail(storm, "a debt is deleted that the job does not know");
    *book_of_parked(storm, &job->work.origin) = (struct storm_book){0};
    judge_caused(storm, worker, &job->work.origin);
}

static void judge_left_job(struct storm *storm, struct storm_worker *worker, const struct job *job)
{
    const struct world_parked *parked = world_find_parked(&storm->world, &job->work.origin);
    if (worker_book(worker, job)->owes && !(parked && parked->parked.owes))
        judge_fail(storm, "left without parking a debt");
}

/* Nothing of a process that ended in order is lost; what stands beyond unparking was done. */
void judge_left(struct storm *storm, struct storm_worker *worker)
{
    for (int state = JOB_WAITING; state < JOB_TO_UNPARK; state++) {
        LIST_FOR_EACH(struct job, job, &worker->engine.places.states[state], in_state)
            judge_left_job(storm, worker, job);
    }
    for (size_t i = 0; i < storm->version_count; i++) {
        const struct storm_version *version = &storm->versions[i];
        if (version->writer == worker->writer && !judge_is_announced(storm, version) &&
            !version->is_overtaken && !world_find_parked(&storm->world, &version->cause))
            judge_fail(storm, "left without announcing or parking what it has stored");
    }
}

static size_t count_parkable(struct storm *storm, const struct engine *engine, enum job_state state)
{
    size_t count = 0;
    LIST_FOR_EACH(struct job, job, &engine->places.states[state], in_state) {
        if (!job_may_be_parked(job))
            continue;
        count++;
        if (state == JOB_BACKOFF && job->waits_until > engine->now + engine->limits.hold_max_ms)
            judge_fail(storm, "waits in memory for too long");
    }
    return count;
}

void judge_waiting(struct storm *storm, const struct storm_worker *worker)
{
    const struct engine *engine = &worker->engine;
    size_t waiting = count_parkable(storm, engine, JOB_BACKOFF);
    waiting += count_parkable(storm, engine, JOB_GATED);
    if (!engine->is_abandoning && waiting > engine->limits.jobs_max / 2)
        judge_fail(storm, "%zu jobs wait in a pool of %zu", waiting, engine->limits.jobs_max);
}
