#include <stdlib.h>

#include "loop/internal.h"
#include "wire/wechat_reply.h"

static struct event event_of_row(const struct postgres_reply *reply)
{
    return (struct event){
        .kind = EVENT_ROW,
        .row.row = &reply->row,
        .row.component_token = reply->component_token,
        .row.is_parked = reply->is_parked,
    };
}

/* What a job's statement comes to where it did not bring what it should: by its state. */
static enum event_kind failure_of(enum job_state state, enum postgres_outcome outcome)
{
    switch ((int)state) {
    case JOB_LOADING:
        return outcome == POSTGRES_BROKEN ? EVENT_LOAD_BROKEN : EVENT_LOAD_UNSENT;
    case JOB_PARKING:
        return outcome == POSTGRES_BROKEN ? EVENT_PARK_BROKEN : EVENT_PARK_UNSENT;
    case JOB_UNPARKING: /* a row that cannot be deleted is taken again when its lease is over */
        return outcome == POSTGRES_BROKEN ? EVENT_UNPARKED : EVENT_UNPARK_UNSENT;
    default:
        break;
    }
    if (outcome == POSTGRES_BROKEN)
        return EVENT_STORE_BROKEN;
    return outcome == POSTGRES_UNKNOWN ? EVENT_STORE_UNKNOWN : EVENT_STORE_UNSENT;
}

static struct event event_of_reply(const struct job *job, const struct postgres_reply *reply)
{
    switch (reply->outcome) {
    case POSTGRES_LOADED:
        return event_of_row(reply);
    case POSTGRES_STORED:
        return (struct event){
            .kind = EVENT_STORED,
            .stored.version = reply->version,
            .stored.updated_at_us = reply->updated_at_us,
        };
    case POSTGRES_REFUSED:
        return (struct event){.kind = EVENT_STORE_REFUSED};
    case POSTGRES_PARKED:
        return (struct event){.kind = EVENT_PARKED};
    case POSTGRES_UNPARKED:
        return (struct event){.kind = EVENT_UNPARKED};
    case POSTGRES_TAKEN:
    case POSTGRES_BROKEN:
    case POSTGRES_UNSENT:
    case POSTGRES_UNKNOWN:
        break;
    }
    return (struct event){.kind = failure_of(job->state, reply->outcome)};
}

static void on_database_reply(struct loop *loop, const struct postgres_reply *reply)
{
    struct job *job = reply->tag;
    if (!job) {
        loop_take_parked(loop, reply);
        return;
    }
    struct event event = event_of_reply(job, reply);
    event.job = job;
    if (reply->outcome == POSTGRES_BROKEN)
        loop_log_trouble(loop, job, "the database refuses this row, retrying", reply->detail);
    loop_step(loop, event);
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
    loop_end_asking(loop);
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
        set_detail(answer, "the reply is too long");
        return;
    case HTTP_LOST:
        answer->kind = ANSWER_LOST;
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
    loop_step(loop, (struct event){.kind = EVENT_ANSWER, .job = job, .answer = &answer});
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
    struct event event = {.kind = EVENT_PUBLISHED, .job = job};
    if (!report->is_delivered) {
        event.kind = report->is_too_large ? EVENT_PUBLISH_TOO_LARGE : EVENT_PUBLISH_FAILED;
        loop_log_trouble(loop, job, "Kafka did not take a message, retrying", report->detail);
    }
    loop_step(loop, event);
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

void loop_take_leave(struct loop *loop)
{
    for (struct job *job; (job = engine_ended(&loop->engine));) {
        loop_log_end(loop, job);
        free(job->record);
        engine_release(&loop->engine, job);
    }
}
