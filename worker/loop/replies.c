#include <stdlib.h>

#include "loop/internal.h"
#include "wire/wechat_reply.h"

static enum returned_outcome outcome_of(enum postgres_outcome outcome)
{
    switch (outcome) {
    case POSTGRES_DONE:
        return RETURNED_DONE;
    case POSTGRES_STALE:
        return RETURNED_STALE;
    case POSTGRES_BROKEN:
        return RETURNED_BROKEN;
    case POSTGRES_UNSENT:
        return RETURNED_UNSENT;
    case POSTGRES_UNKNOWN:
        break;
    }
    return RETURNED_UNKNOWN;
}

static struct returned returned_of(const struct postgres_reply *reply)
{
    struct returned returned = {.outcome = outcome_of(reply->outcome)};
    switch (reply->statement) {
    case POSTGRES_LOAD:
        returned.load.row = &reply->row;
        returned.load.component_token = reply->component_token;
        returned.load.is_parked = reply->is_parked;
        returned.load.is_served = reply->is_served;
        break;
    case POSTGRES_STORE:
        returned.store.version = reply->version;
        returned.store.updated_at_us = reply->updated_at_us;
        break;
    case POSTGRES_PARK:
    case POSTGRES_UNPARK:
    case POSTGRES_CLAIM_DUE:
        break;
    }
    return returned;
}

static void return_job(struct loop *loop, struct job *job, struct returned returned)
{
    loop_step(loop, (struct event){.kind = EVENT_RETURNED, .job = job, .returned = returned});
}

static void on_database_reply(struct loop *loop, const struct postgres_reply *reply)
{
    if (reply->statement == POSTGRES_CLAIM_DUE) {
        loop_take_claimed(loop, reply);
        return;
    }
    struct job *job = reply->tag;
    if (reply->outcome == POSTGRES_BROKEN)
        loop_log_trouble(loop, job, "the database refuses this row, retrying", reply->detail);
    return_job(loop, job, returned_of(reply));
}

void loop_take_rows(struct loop *loop)
{
    enum { AT_ONCE = 32 }; /* a reply is large: it holds a row */
    struct postgres_reply replies[AT_ONCE];
    size_t count;
    do {
        count = postgres_take(loop->postgres, replies, AT_ONCE);
        for (size_t i = 0; i < count; i++)
            on_database_reply(loop, &replies[i]);
    } while (count == AT_ONCE);
    loop_end_claiming(loop);
}

static void set_detail(struct answer *answer, const char *detail)
{
    struct text text = TEXT_IN(answer->detail);
    text_add(&text, str_of(detail));
    (void)text_terminated(&text);
}

static void decode_reply(struct answer *answer, struct arena *into, const struct job *job,
                         const struct http_reply *reply)
{
    *answer = (struct answer){.expires_in_s = -1};
    switch (reply->outcome) {
    case HTTP_REPLIED:
        if (!reply->is_cut) {
            wechat_reply_decode(answer, into, job->work.call, reply->status, reply->body);
            return;
        }
        answer->kind = ANSWER_GARBLED;
        answer->may_act_late = reply->status != 200;
        set_detail(answer, "the reply is too long");
        return;
    case HTTP_LOST:
        answer->kind = ANSWER_LOST;
        answer->may_act_late = reply->may_act_late;
        break;
    case HTTP_UNSENT:
        answer->kind = ANSWER_UNSENT;
        break;
    }
    set_detail(answer, reply->detail);
}

static void on_reply(struct loop *loop, const struct http_reply *reply)
{
    char bytes[ROW_BYTES_MAX];
    struct arena into = {.at = bytes, .max = sizeof(bytes)};
    struct job *job = reply->tag;
    struct answer answer;
    decode_reply(&answer, &into, job, reply);
    loop_log_answer(loop, job, &answer);
    return_job(loop, job, (struct returned){.answer = &answer});
}

void loop_take_answers(struct loop *loop)
{
    struct http_reply replies[LOOP_BATCH];
    size_t count;
    do {
        count = http_take(loop->http, replies, LOOP_BATCH);
        for (size_t i = 0; i < count; i++)
            on_reply(loop, &replies[i]);
    } while (count == LOOP_BATCH);
}

static void on_report(struct loop *loop, const struct kafka_report *report)
{
    struct job *job = report->tag;
    struct returned returned = {.outcome = RETURNED_DONE};
    if (!report->is_delivered) {
        returned.outcome = report->is_too_large ? RETURNED_TOO_LARGE : RETURNED_BROKEN;
        loop_log_trouble(loop, job, "Kafka did not take a message, retrying", report->detail);
    }
    return_job(loop, job, returned);
}

void loop_take_reports(struct loop *loop)
{
    struct kafka_report reports[LOOP_BATCH];
    size_t count;
    do {
        count = kafka_take_reports(loop->kafka, reports, LOOP_BATCH);
        for (size_t i = 0; i < count; i++)
            on_report(loop, &reports[i]);
    } while (count == LOOP_BATCH);
}

void loop_release_ended(struct loop *loop)
{
    for (struct job *job; (job = engine_ended(&loop->engine));) {
        loop_log_end(loop, job);
        free(job->record);
        engine_release(&loop->engine, job);
    }
}
