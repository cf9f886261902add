#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/count.h"
#include "loop/internal.h"
#include "wire/dead_letter.h"
#include "wire/token_updated.h"
#include "wire/wechat_request.h"

static size_t take(struct loop *loop, enum effect effect, struct job **jobs, size_t room)
{
    return engine_take(&loop->engine, effect, jobs, room, loop->wall_ms / MS_PER_S);
}

static void send_loads(struct loop *loop, struct job *const *jobs, size_t count)
{
    struct load loads[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct input *input = &jobs[i]->work.input;
        loads[i] = (struct load){
            .tag = jobs[i],
            .component = input->component,
            .authorizer = input->authorizer,
            .digest = str_is_empty(input->code) ? NULL : input->code_digest,
            .origin = &jobs[i]->work.origin,
            .asks_parked = job_asks_parked(jobs[i]),
            .asks_served = job_asks_served(jobs[i]),
        };
    }
    postgres_load(loop->postgres, loads, count);
}

static void send_stores(struct loop *loop, struct job *const *jobs, size_t count)
{
    struct store stores[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        stores[i] = (struct store){.tag = jobs[i], .change = &jobs[i]->work.change};
    postgres_store(loop->postgres, stores, count);
}

static void send_parks(struct loop *loop, struct job *const *jobs, size_t count)
{
    struct park parks[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        struct job *job = jobs[i];
        ms_t wait_ms = job->waits_until - loop->now;
        parks[i] = (struct park){
            .tag = job,
            .component = job->work.input.component,
            .record = job->record,
            .parked = &job->parked,
            .wait_ms = wait_ms > 0 ? wait_ms : 0,
            .reason = job->why,
        };
    }
    postgres_park(loop->postgres, parks, count);
}

static void send_unparks(struct loop *loop, struct job *const *jobs, size_t count)
{
    struct unpark unparks[POSTGRES_BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        unparks[i] = (struct unpark){
            .tag = jobs[i],
            .origin = &jobs[i]->work.origin,
            .revision = jobs[i]->revision,
        };
    postgres_unpark(loop->postgres, unparks, count);
}

static const struct {
    enum effect effect;
    size_t batch_max;
    void (*send)(struct loop *loop, struct job *const *jobs, size_t count);
} database_effects[] = {
    {EFFECT_LOAD, POSTGRES_BATCH_MAX, send_loads},
    {EFFECT_STORE, POSTGRES_BATCH_MAX, send_stores},
    {EFFECT_PARK, 64, send_parks}, /* whole records, each with up to 64 KiB of value */
    {EFFECT_UNPARK, POSTGRES_BATCH_MAX, send_unparks},
};
enum { DATABASE_EFFECTS = COUNT_OF(database_effects) };

/* Serves the database's effects in turn, so that each waits for at most one batch of any other. */
void loop_send_batch(struct loop *loop)
{
    struct job *jobs[POSTGRES_BATCH_MAX];
    if (postgres_room(loop->postgres) == 0)
        return;
    for (size_t i = 1; i <= DATABASE_EFFECTS; i++) {
        size_t at = (loop->last_effect + i) % DATABASE_EFFECTS;
        size_t count = take(loop, database_effects[at].effect, jobs,
                            database_effects[at].batch_max);
        if (count == 0)
            continue;
        loop->last_effect = at;
        database_effects[at].send(loop, jobs, count);
        return;
    }
}

static void send_call(struct loop *loop, struct job *job)
{
    char url_bytes[REQUEST_URL_MAX];
    char body_bytes[REQUEST_BODY_MAX];
    struct text url = TEXT_IN(url_bytes);
    struct text body = TEXT_IN(body_bytes);
    const struct work *work = &job->work;
    struct wechat_request request = {
        .call = work->call,
        .component_token = work->component_token,
        .component_appid = appid_str(&work->input.component),
        .authorizer_appid = appid_str(&work->input.authorizer),
        .secret = job->next.secret,
    };
    wechat_request_url(&url, &request, str_of(loop->settings->wechat_base_url),
                       str_of(loop->settings->wechat_token_parameter));
    wechat_request_body(&body, &request);
    assert(!url.cut);
    assert(!body.cut);
    http_send(loop->http, job, text_str(&url), text_str(&body));
}

void loop_send_calls(struct loop *loop)
{
    struct job *jobs[LOOP_BATCH];
    size_t count;
    do {
        size_t room = http_room(loop->http);
        room = room < LOOP_BATCH ? room : LOOP_BATCH;
        count = take(loop, EFFECT_CALL, jobs, room);
        for (size_t i = 0; i < count; i++)
            send_call(loop, jobs[i]);
    } while (count == LOOP_BATCH);
}

static bool publish_announcement(struct loop *loop, struct job *job)
{
    char bytes[TOKEN_UPDATED_BYTES_MAX];
    struct arena into = {.at = bytes, .max = sizeof(bytes)};
    const struct work *work = &job->work;
    struct token_updated event = {
        .component = work->input.component,
        .row = &work->row,
        .includes_access_token = loop->settings->token_updated_include_access_token,
    };
    struct message message;
    token_updated_encode(&message, &into, &event);
    message.topic = str_of(loop->settings->topics_token_updated);
    return kafka_publish(loop->kafka, job, &message);
}

/* Returns how often the record was tried. `tries` counts the failed tries, and includes the last
 * one only if that exhausted the attempts. */
static uint32_t attempts(const struct job *job)
{
    return job->dead.reason == DEAD_ATTEMPTS_EXHAUSTED ? job->tries : job->tries + 1;
}

static bool publish_dead_letter(struct loop *loop, struct job *job)
{
    struct refusal refusal = loop_refusal_of(job);
    struct dead_letter letter = {
        .record = job->record,
        .dead = &job->dead,
        .attempts = attempts(job),
        .errcode = refusal.errcode,
        .rid = refusal.rid,
        .without_value = job->is_truncated,
    };
    size_t len = dead_letter_bytes(&letter);
    CLEANUP(freep) char *bytes = malloc(len);
    assert(bytes != NULL);
    struct arena into = {.at = bytes, .max = len};
    struct message message;
    dead_letter_encode(&message, &into, &letter);
    message.topic = loop->topics[job->record->topic_at].dead_letters;
    return kafka_publish(loop->kafka, job, &message);
}

static bool publish(struct loop *loop, struct job *job)
{
    switch (job->publication) {
    case PUBLISH_OWN:
    case PUBLISH_BURIED:
        return publish_announcement(loop, job);
    case PUBLISH_DEAD_LETTER:
        return publish_dead_letter(loop, job);
    }
    return false;
}

/* Takes one job at a time, because only the attempt shows if the producer has room. */
void loop_send_messages(struct loop *loop)
{
    struct job *job;
    while (take(loop, EFFECT_PUBLISH, &job, 1) == 1) {
        if (publish(loop, job)) {
            loop_log_producer_room(loop);
            continue;
        }
        loop_log_producer_full(loop);
        loop_step(loop, (struct event){.kind = EVENT_RETURNED,
                                       .job = job,
                                       .returned.outcome = RETURNED_UNSENT});
        return;
    }
}
