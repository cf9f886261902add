#include "wire/token_updated.h"

#include <time.h>

#include "wire/escape.h"
#include "wire/keep.h"

enum {
    US_PER_S = 1000000,
    HEADERS_MAX = 8,
    FIXED_BYTES = 512, /* for the rest of the value: names, two appids, two numbers, a status */
    SCOPE_BYTES = 12,  /* "-2147483648," */
    ESCAPED_BYTES = 6, /* \u00XX for each byte of a token */
    NAME_BYTES = 256,  /* key and id: two appids, a version */
};

static const int64_t time_max_us = INT64_C(253402300799999999); /* the end of the year 9999 */

static struct str encode_key(struct arena *into, const struct token_updated *event)
{
    struct text key = keep_text(into, 2 * APPID_LEN_MAX + 1);
    text_add(&key, appid_str(&event->component));
    text_add_char(&key, '/');
    text_add(&key, appid_str(&event->row->authorizer));
    return text_str(&key);
}

static struct str encode_id(struct arena *into, struct str key, int64_t version)
{
    char bytes[NAME_BYTES];
    struct text id = TEXT_IN(bytes);
    text_add(&id, key);
    text_add_char(&id, '/');
    text_add_int(&id, version);
    return keep(into, text_str(&id));
}

static struct str encode_source(struct arena *into, const struct appid *component)
{
    char bytes[NAME_BYTES];
    struct text source = TEXT_IN(bytes);
    text_add(&source, STR("/wxtoken/"));
    text_add(&source, appid_str(component));
    return keep(into, text_str(&source));
}

/* Writes a time as RFC 3339 in UTC with microseconds. A time before 1970 or after 9999 is moved to
 * that limit. */
static struct str encode_time(struct arena *into, int64_t time_us)
{
    int64_t us = time_us < 0 ? 0 : time_us > time_max_us ? time_max_us : time_us;
    time_t seconds = (time_t)(us / US_PER_S);
    struct tm utc;
    (void)gmtime_r(&seconds, &utc); /* cannot overflow: the year has four digits */

    char bytes[40];
    size_t len = strftime(bytes, sizeof(bytes), "%Y-%m-%dT%H:%M:%S", &utc);
    struct text text = {.at = bytes, .len = len, .max = sizeof(bytes)};
    text_format(&text, ".%06dZ", (int)(us % US_PER_S));
    return keep(into, text_str(&text));
}

static void add_scopes(struct text *value, const struct scopes *scopes)
{
    if (!scopes->at) {
        text_add(value, STR("null"));
        return;
    }
    text_add_char(value, '[');
    for (size_t i = 0; i < scopes->count; i++) {
        if (i)
            text_add_char(value, ',');
        text_add_int(value, scopes->at[i]);
    }
    text_add_char(value, ']');
}

static void add_access_token(struct text *value, struct str token)
{
    text_add(value, STR(",\"authorizer_access_token\":"));
    if (str_is_empty(token))
        text_add(value, STR("null"));
    else
        escape_json(value, token);
}

/* The expiry belongs to the token: without a token, it is null. */
static void add_expires_at(struct text *value, const struct authorizer *row)
{
    if (str_is_empty(row->access_token) || !row->expires_at_s)
        text_add(value, STR("null"));
    else
        text_add_int(value, row->expires_at_s);
}

static struct str encode_value(struct arena *into, const struct token_updated *event)
{
    const struct authorizer *row = event->row;
    size_t token_bytes = event->includes_access_token ? ESCAPED_BYTES * row->access_token.len : 0;
    struct text value = keep_text(into,
                                  FIXED_BYTES + SCOPE_BYTES * row->scopes.count + token_bytes);

    text_add(&value, STR("{\"component_appid\":"));
    escape_json(&value, appid_str(&event->component));
    text_add(&value, STR(",\"authorizer_appid\":"));
    escape_json(&value, appid_str(&row->authorizer));
    text_add(&value, STR(",\"status\":"));
    escape_json(&value, status_word(row->status));
    text_add(&value, STR(",\"version\":"));
    text_add_int(&value, row->version);
    text_add(&value, STR(",\"expires_at\":"));
    add_expires_at(&value, row);
    text_add(&value, STR(",\"func_scopes\":"));
    add_scopes(&value, &row->scopes);
    if (event->includes_access_token)
        add_access_token(&value, row->access_token);
    text_add_char(&value, '}');
    assert(!value.cut);
    return text_str(&value);
}

void token_updated_encode(struct message *message, struct arena *into,
                          const struct token_updated *event)
{
    assert(authorizer_exists(event->row));
    struct record_header *headers = arena_alloc(into, HEADERS_MAX * sizeof(*headers));
    assert(headers);
    struct str key = encode_key(into, event);
    size_t count = 0;
    headers[count++] = (struct record_header){STR("ce_specversion"), STR("1.0")};
    headers[count++] = (struct record_header){STR("ce_type"), STR("wxtoken.token-updated.v1")};
    headers[count++] = (struct record_header){STR("ce_source"),
                                              encode_source(into, &event->component)};
    headers[count++] = (struct record_header){STR("ce_subject"), key};
    headers[count++] = (struct record_header){STR("ce_id"),
                                              encode_id(into, key, event->row->version)};
    headers[count++] = (struct record_header){STR("ce_time"),
                                              encode_time(into, event->row->updated_at_us)};
    headers[count++] = (struct record_header){STR("content-type"), STR("application/json")};
    if (event->row->traceparent.at)
        headers[count++] = (struct record_header){STR("traceparent"),
                                                  keep(into, event->row->traceparent)};

    *message = (struct message){
        .key = key,
        .value = encode_value(into, event),
        .header_count = count,
        .headers = headers,
    };
}
