#include "io/postgres/params.h"

#include "base/count.h"
#include "base/text.h"

/* Unknown is null: it equals nothing. */
static struct str known_appid(const struct appid *appid)
{
    return appid_is_known(appid) ? appid_str(appid) : (struct str){0};
}

static struct str digest_str(const uint8_t *digest)
{
    return (struct str){.at = (const char *)digest, .len = digest ? DIGEST_BYTES : 0};
}

/* Null is equal to no origin. */
static void add_origins(struct arrays *arrays, const struct load *loads, size_t count)
{
    static const struct origin none;
    arrays_column(arrays, ARRAYS_TEXT);
    for (size_t i = 0; i < count; i++)
        arrays_text(arrays, loads[i].origin ? loads[i].origin->topic : none.topic);
    arrays_column(arrays, ARRAYS_INT4);
    for (size_t i = 0; i < count; i++)
        arrays_int4(arrays, (loads[i].origin ? loads[i].origin : &none)->partition);
    arrays_column(arrays, ARRAYS_INT8);
    for (size_t i = 0; i < count; i++)
        arrays_int8(arrays, (loads[i].origin ? loads[i].origin : &none)->offset);
    arrays_column(arrays, ARRAYS_INT8);
    for (size_t i = 0; i < count; i++)
        arrays_int8(arrays, (loads[i].origin ? loads[i].origin : &none)->timestamp_ms);
}

void params_of_loads(struct arrays *arrays, const struct load *loads, size_t count)
{
    arrays_begin(arrays, count);
    arrays_column(arrays, ARRAYS_TEXT);
    for (size_t i = 0; i < count; i++)
        arrays_text(arrays, appid_str(&loads[i].component));
    arrays_column(arrays, ARRAYS_TEXT);
    for (size_t i = 0; i < count; i++)
        arrays_text(arrays, known_appid(&loads[i].authorizer));
    arrays_column(arrays, ARRAYS_BYTEA);
    for (size_t i = 0; i < count; i++)
        arrays_text(arrays, digest_str(loads[i].digest));
    add_origins(arrays, loads, count);
}

/* An unknown time is 0 with us and null in the table. */
static void add_time(struct arrays *arrays, int64_t unix_s)
{
    if (unix_s)
        arrays_timestamp(arrays, unix_s);
    else
        arrays_null(arrays);
}

static void add_component(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, appid_str(&change->component));
}

static void add_authorizer(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, appid_str(&change->authorizer));
}

static void add_version_read(struct arrays *arrays, const struct change *change)
{
    arrays_int8(arrays, change->version_read);
}

static void add_status(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, status_word(change->status));
}

static void add_access_token(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, change->access_token);
}

static void add_refresh_token(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, change->refresh_token);
}

static void add_expires_at(struct arrays *arrays, const struct change *change)
{
    add_time(arrays, change->expires_at_s);
}

static void add_refresh_due_at(struct arrays *arrays, const struct change *change)
{
    add_time(arrays, change->refresh_due_at_s);
}

/* As PostgreSQL writes an array, "{1,2}": arrays of arrays would have to be of one length. */
static void add_scopes(struct arrays *arrays, const struct change *change)
{
    if (!change->scopes.at) {
        arrays_null(arrays);
        return;
    }
    char memory[12 * SCOPES_MAX + 2];
    struct text text = TEXT_IN(memory);
    text_add_char(&text, '{');
    for (size_t i = 0; i < change->scopes.count; i++) {
        if (i)
            text_add_char(&text, ',');
        text_add_int(&text, change->scopes.at[i]);
    }
    text_add_char(&text, '}');
    arrays_text(arrays, text_str(&text));
}

static void add_authorized_at(struct arrays *arrays, const struct change *change)
{
    add_time(arrays, change->authorized_at_s);
}

static void add_last_errcode(struct arrays *arrays, const struct change *change)
{
    if (change->last_errcode)
        arrays_int4(arrays, change->last_errcode);
    else
        arrays_null(arrays);
}

static void add_last_rid(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, change->last_rid);
}

static void add_cause_topic(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, change->cause.topic);
}

static void add_cause_partition(struct arrays *arrays, const struct change *change)
{
    if (change->cause.topic.at)
        arrays_int4(arrays, change->cause.partition);
    else
        arrays_null(arrays);
}

static void add_cause_number(struct arrays *arrays, const struct change *change, int64_t number)
{
    if (change->cause.topic.at)
        arrays_int8(arrays, number);
    else
        arrays_null(arrays);
}

static void add_cause_offset(struct arrays *arrays, const struct change *change)
{
    add_cause_number(arrays, change, change->cause.offset);
}

static void add_cause_timestamp(struct arrays *arrays, const struct change *change)
{
    add_cause_number(arrays, change, change->cause.timestamp_ms);
}

static void add_writer(struct arrays *arrays, const struct change *change)
{
    if (change->writer)
        arrays_int8(arrays, (int64_t)change->writer);
    else
        arrays_null(arrays);
}

static void add_code_digest(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, digest_str(change->has_digest ? change->code_digest : NULL));
}

static void add_cause_traceparent(struct arrays *arrays, const struct change *change)
{
    arrays_text(arrays, change->traceparent);
}

static const struct {
    enum arrays_type type;
    void (*add)(struct arrays *arrays, const struct change *change);
} columns[] = {
    {ARRAYS_TEXT, add_component},
    {ARRAYS_TEXT, add_authorizer},
    {ARRAYS_INT8, add_version_read},
    {ARRAYS_TEXT, add_status},
    {ARRAYS_TEXT, add_access_token},
    {ARRAYS_TEXT, add_refresh_token},
    {ARRAYS_TIMESTAMPTZ, add_expires_at},
    {ARRAYS_TIMESTAMPTZ, add_refresh_due_at},
    {ARRAYS_TEXT, add_scopes},
    {ARRAYS_TIMESTAMPTZ, add_authorized_at},
    {ARRAYS_INT4, add_last_errcode},
    {ARRAYS_TEXT, add_last_rid},
    {ARRAYS_TEXT, add_cause_topic},
    {ARRAYS_INT4, add_cause_partition},
    {ARRAYS_INT8, add_cause_offset},
    {ARRAYS_INT8, add_cause_timestamp},
    {ARRAYS_INT8, add_writer},
    {ARRAYS_BYTEA, add_code_digest},
    {ARRAYS_TEXT, add_cause_traceparent},
};

void params_of_changes(struct arrays *arrays, const struct change *changes, size_t count)
{
    arrays_begin(arrays, count);
    for (size_t column = 0; column < COUNT_OF(columns); column++) {
        arrays_column(arrays, columns[column].type);
        for (size_t i = 0; i < count; i++)
            columns[column].add(arrays, &changes[i]);
    }
}
