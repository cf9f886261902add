#include "engine/events.h"

#include <assert.h>

#include "engine/admission.h"
#include "engine/parking.h"
#include "engine/steps.h"

static struct job *job_new(struct engine *engine)
{
    struct job *job = pool_alloc(&engine->jobs);
    assert(job != NULL); /* the loop checks engine_room() first */
    size_t at = (size_t)((char *)job - engine->jobs.memory) / engine->jobs.slot_bytes;
    job_init(job, engine->arenas + at * job_arena_bytes());
    return job;
}

static void keep_input(struct job *job, const struct input *input)
{
    struct work *work = &job->work;
    work->input = *input;
    bool fits = arena_keep(&job->input_bytes, &work->input.code) &&
                arena_keep(&job->input_bytes, &work->input.traceparent);
    assert(fits); /* wire/input_event limits both */
}

static void on_record(struct engine *engine, const struct event *event)
{
    struct job *job = job_new(engine);
    job->record = event->record.record;
    job->taken_at = engine->now;
    job->partition = event->record.partition;
    job->work.first_seen_ms = engine->wall_ms;
    job->work.origin = job->record->origin;
    job->work.writer = engine->limits.writer;
    job->work.late_effect_ms = engine->limits.late_effect_ms;
    job->work.wall_ms = engine->wall_ms;
    if (job->partition)
        frontier_take(&job->partition->frontier, &job->place, job->record->origin.offset);
    if (event->record.parked)
        list_append(&engine->claimed, &job->in_claimed);
    if (!event->record.input) {
        if (event->record.parked)
            job_restore(job, event->record.parked);
        job->dead = *event->record.dead;
        job->publication = PUBLISH_DEAD_LETTER;
        job_move(&engine->places, job, JOB_TO_PUBLISH);
        return;
    }
    keep_input(job, event->record.input);
    job->handler = handler_of(job->work.input.kind);
    if (event->record.parked)
        job_restore(job, event->record.parked);
    steps_begin(engine, job);
}

static bool keep_scopes(struct arena *arena, struct scopes *scopes)
{
    if (!scopes->at)
        return true;
    int32_t *copy = arena_alloc(arena, scopes->count * sizeof(*copy));
    if (!copy)
        return false;
    memcpy(copy, scopes->at, scopes->count * sizeof(*copy));
    scopes->at = copy;
    return true;
}

static bool keep_row(struct job *job, const struct returned *returned)
{
    struct work *work = &job->work;
    arena_clear(&job->row_bytes);
    work->row = *returned->load.row;
    work->component_token = returned->load.component_token;
    return arena_keep(&job->row_bytes, &work->component_token) &&
           arena_keep(&job->row_bytes, &work->row.access_token) &&
           arena_keep(&job->row_bytes, &work->row.refresh_token) &&
           arena_keep(&job->row_bytes, &work->row.cause.topic) &&
           arena_keep(&job->row_bytes, &work->row.traceparent) &&
           keep_scopes(&job->row_bytes, &work->row.scopes);
}

static void on_row(struct engine *engine, struct job *job, const struct returned *returned)
{
    if (returned->load.is_parked && job_asks_parked(job)) {
        steps_end(engine, job, OUTCOME_PARKED_BEFORE);
        return;
    }
    bool fits = keep_row(job, returned);
    assert(fits); /* io/postgres limits all of it */
    job->has_read = true;
    job->work.is_served = returned->load.is_served && job_asks_served(job);
    struct step step = job->handler->on_row(&job->work);
    /* The job may have stored, but the row does not show it (any more). */
    if (step.kind != STEP_ANNOUNCE)
        job->has_stored = false;
    steps_carry_out(engine, job, step);
}

static void on_load(struct engine *engine, struct job *job, const struct returned *returned)
{
    if (job->is_dropped)
        steps_end(engine, job, OUTCOME_DROPPED);
    else if (returned->outcome == RETURNED_DONE)
        on_row(engine, job, returned);
    else if (returned->outcome == RETURNED_UNSENT)
        job_move(&engine->places, job, JOB_TO_LOAD);
    else
        steps_back_off(engine, job, JOB_TO_LOAD, "the database could not read the row");
}

static bool keep_answer(struct job *job, const struct answer *answer)
{
    struct work *work = &job->work;
    work->answer = *answer;
    arena_clear(&job->answer_bytes);
    return arena_keep(&job->answer_bytes, &work->answer.access_token) &&
           arena_keep(&job->answer_bytes, &work->answer.refresh_token) &&
           keep_scopes(&job->answer_bytes, &work->answer.scopes);
}

/* Keeps the reported token and its scopes, which are needed beyond the next answer. */
static bool keep_reported(struct job *job)
{
    struct work *work = &job->work;
    arena_clear(&job->reported_bytes);
    work->reported_refresh_token = work->answer.refresh_token;
    work->reported_scopes = work->answer.scopes;
    return arena_keep(&job->reported_bytes, &work->reported_refresh_token) &&
           keep_scopes(&job->reported_bytes, &work->reported_scopes);
}

static void on_call(struct engine *engine, struct job *job, const struct returned *returned)
{
    struct work *work = &job->work;
    bool fits = keep_answer(job, returned->answer);
    if (fits && work->call == CALL_AUTHORIZER_INFO && work->answer.kind == ANSWER_DONE)
        fits = keep_reported(job);
    assert(fits); /* wire/wechat_reply limits them */

    struct step step = job->handler->on_answer(work);
    admission_note_answer(engine, job, &step);
    steps_carry_out(engine, job, step);
}

/* Makes work->row what was written: that version will be announced. */
static void on_stored(struct engine *engine, struct job *job, const struct returned *returned)
{
    struct work *work = &job->work;
    const struct change *change = &work->change;
    work->row = (struct authorizer){
        .authorizer = change->authorizer,
        .status = change->status,
        .version = returned->store.version,
        .access_token = change->access_token,
        .refresh_token = change->refresh_token,
        .expires_at_s = change->expires_at_s,
        .authorized_at_s = change->authorized_at_s,
        .scopes = change->scopes,
        .writer = change->writer,
        .cause = change->cause,
        .traceparent = change->traceparent,
        .sent_at_s = change->sent_at_s,
        .late_until_s = change->late_until_s,
        .updated_at_us = returned->store.updated_at_us,
    };
    work->owes = false;
    work->late_until_s = change->late_until_s;
    job->has_stored = true;
    steps_carry_out(engine, job, (struct step){.kind = STEP_ANNOUNCE, .outcome = OUTCOME_UPDATED});
}

static void on_store(struct engine *engine, struct job *job, const struct returned *returned)
{
    if (returned->outcome != RETURNED_BROKEN) /* which is this row's own trouble */
        engine->stores_fail = returned->outcome == RETURNED_UNSENT ||
                              returned->outcome == RETURNED_UNKNOWN;
    switch (returned->outcome) {
    case RETURNED_DONE:
        on_stored(engine, job, returned);
        return;
    case RETURNED_STALE:
        job_move(&engine->places, job, JOB_TO_LOAD);
        return;
    case RETURNED_UNSENT:
        job_move(&engine->places, job, JOB_TO_STORE);
        return;
    case RETURNED_UNKNOWN:
        job->has_stored = true; /* perhaps, and only this job knows of it */
        job_move(&engine->places, job, JOB_TO_STORE);
        return;
    case RETURNED_BROKEN:
    case RETURNED_TOO_LARGE:
        break;
    }
    steps_back_off(engine, job, JOB_TO_STORE, "the database could not write the row");
}

static void on_published(struct engine *engine, struct job *job)
{
    switch (job->publication) {
    case PUBLISH_DEAD_LETTER:
        steps_end(engine, job, OUTCOME_DEAD);
        return;
    case PUBLISH_OWN:
        steps_finish(engine, job, job->outcome);
        return;
    case PUBLISH_BURIED:
        break;
    }
    job->announced_version = job->work.row.version;
    if (job->is_dropped)
        steps_end(engine, job, OUTCOME_DROPPED);
    else
        steps_go_on(engine, job);
}

static void on_publish_failed(struct engine *engine, struct job *job)
{
    if (job->is_dropped)
        steps_end(engine, job, OUTCOME_DROPPED);
    else
        steps_back_off(engine, job, JOB_TO_PUBLISH, "not acknowledged");
}

static void on_too_large(struct engine *engine, struct job *job)
{
    if (job->publication != PUBLISH_DEAD_LETTER || job->is_truncated) {
        steps_back_off(engine, job, JOB_TO_PUBLISH, "the message is too large for its topic");
        return;
    }
    job->is_truncated = true;
    job_move(&engine->places, job, JOB_TO_PUBLISH);
}

static void on_publish(struct engine *engine, struct job *job, const struct returned *returned)
{
    switch (returned->outcome) {
    case RETURNED_DONE:
        on_published(engine, job);
        return;
    case RETURNED_UNSENT:
        job_move(&engine->places, job, JOB_TO_PUBLISH);
        return;
    case RETURNED_TOO_LARGE:
        on_too_large(engine, job);
        return;
    case RETURNED_BROKEN:
    case RETURNED_STALE:
    case RETURNED_UNKNOWN:
        break;
    }
    on_publish_failed(engine, job);
}

static void on_park_broken(struct engine *engine, struct job *job)
{
    job->is_unparkable = true;
    if (job_has_begun(job))
        steps_hold(engine, job);
    else
        steps_wait_in_lanes(engine, job);
}

static void on_park(struct engine *engine, struct job *job, const struct returned *returned)
{
    if (returned->outcome == RETURNED_DONE)
        steps_end(engine, job, OUTCOME_PARKED);
    else if (returned->outcome == RETURNED_BROKEN)
        on_park_broken(engine, job);
    else
        job_move(&engine->places, job, JOB_TO_PARK);
}

/* A row that cannot be deleted is claimed again after its lease. */
static void on_unpark(struct engine *engine, struct job *job, const struct returned *returned)
{
    bool is_over = returned->outcome == RETURNED_DONE || returned->outcome == RETURNED_BROKEN;
    job_move(&engine->places, job, is_over ? JOB_ENDED : JOB_TO_UNPARK);
}

static void on_returned(struct engine *engine, struct job *job, const struct returned *returned)
{
    static void (*const on[JOB_STATE_COUNT])(struct engine * engine, struct job * job,
                                             const struct returned *returned) = {
        [JOB_LOADING] = on_load,       [JOB_CALLING] = on_call, [JOB_STORING] = on_store,
        [JOB_PUBLISHING] = on_publish, [JOB_PARKING] = on_park, [JOB_UNPARKING] = on_unpark,
    };
    assert(on[job->state] != NULL); /* only a job that an adapter has can come back */
    job->work.wall_ms = engine->wall_ms;
    on[job->state](engine, job, returned);
    if (engine->is_abandoning)
        parking_abandon_job(engine, job);
}

static void on_tick(struct engine *engine)
{
    struct timer *timer;
    while ((timer = heap_first(&engine->places.timers)) && timer->due <= engine->now) {
        struct job *job = CONTAINER(timer, struct job, timer);
        job->is_unparkable = false;
        if (job->state == JOB_BACKOFF && job->resume == JOB_WAITING)
            steps_wait_in_lanes(engine, job);
        else
            job_move(&engine->places, job, job->state == JOB_GATED ? JOB_TO_LOAD : job->resume);
    }
}

/* A job that an adapter has ends when it comes back. */
static void drop(struct engine *engine, struct job *job)
{
    if (job->state == JOB_LOADING || job->state == JOB_PUBLISHING)
        job->is_dropped = true;
    else if (job->state != JOB_PARKING)
        steps_end(engine, job, OUTCOME_DROPPED);
}

static void on_gone(struct engine *engine, struct partition *partition)
{
    const struct list *unfinished = &partition->frontier.unfinished;
    partition->is_draining = true;
    partition->has_gone = true;
    LIST_FOR_EACH_SAFE(struct job, job, unfinished, place.in_frontier) {
        if (!job_is_bound(job))
            drop(engine, job);
    }
}

static void carry_out(struct engine *engine, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TICK:
        on_tick(engine);
        return;
    case EVENT_RECORD:
        on_record(engine, event);
        return;
    case EVENT_RETURNED:
        on_returned(engine, event->job, &event->returned);
        return;
    case EVENT_DRAIN:
        parking_drain(engine, event->partition);
        return;
    case EVENT_DEADLINE:
        parking_abandon(engine);
        return;
    case EVENT_GONE:
        on_gone(engine, event->partition);
        return;
    }
}

void engine_step(struct engine *engine, const struct event *event)
{
    engine->now = event->now;
    engine->wall_ms = event->wall_ms;
    carry_out(engine, event);
    if (!engine->is_abandoning || event->kind != EVENT_RETURNED)
        parking_relieve(engine);
}
