#include "wire/input_event.h"

#include <json-c/json.h>
#include <openssl/evp.h>

#include "base/count.h"
#include "base/time.h"
#include "wire/cloudevent.h"
#include "wire/dead.h"
#include "wire/json.h"
#include "wire/keep.h"

enum {
    CODE_LIFE_S = 3600, /* as in every recorded push */
    AHEAD_MAX_S = 86400,
};

/* The last second of the year 9999, which is the last that RFC 3339 can write. */
static const int64_t time_max_s = 253402300799;

/* What all readers of members need. */
struct reading {
    struct json_object *data;
    const struct record *record;
    struct dead *dead;
};

static bool reject(const struct reading *reading, const char *member, const char *what)
{
    return dead_set(reading->dead, DEAD_INVALID_EVENT, "%s %s", member, what);
}

/* Reads an appid. If the member is absent, *appid stays as it is. */
static bool read_appid(struct appid *appid, const char *member, const struct reading *reading)
{
    struct str view = {0};
    switch (json_string(&view, reading->data, member)) {
    case JSON_ABSENT:
        return true;
    case JSON_WRONG:
        return reject(reading, member, "is not a string");
    case JSON_FOUND:
        break;
    }
    if (!appid_set(appid, view))
        return reject(reading, member, "is not an appid: 1 to 64 of A-Z a-z 0-9 _ -");
    return true;
}

static bool read_component(struct appid *component, const struct appid *fallback,
                           const struct reading *reading)
{
    *component = *fallback;
    if (!read_appid(component, "component_appid", reading))
        return false;
    if (!appid_is_known(component))
        return reject(reading, "component_appid", "is missing, and component.appid is not set");
    return true;
}

/* Reads a unix time. If the member is absent, *time_s stays as it is. */
static bool read_time(int64_t *time_s, const char *member, const struct reading *reading)
{
    int64_t number = 0;
    switch (json_integer(&number, reading->data, member)) {
    case JSON_ABSENT:
        return true;
    case JSON_WRONG:
        return reject(reading, member, "is not a whole number of seconds");
    case JSON_FOUND:
        break;
    }
    if (number < 1 || number > time_max_s)
        return reject(reading, member, "is not a unix time in seconds: 1 to 253402300799");
    *time_s = number;
    return true;
}

/* Returns the record's timestamp as a unix time, or 0 if it has none or none that makes sense. */
static int64_t record_time_s(const struct record *record)
{
    int64_t time_s = record->origin.timestamp_ms / MS_PER_S;
    return time_s >= 1 && time_s <= time_max_s ? time_s : 0;
}

static bool read_create_time(struct input *input, const struct reading *reading)
{
    int64_t record_s = record_time_s(reading->record);
    input->create_time_s = record_s;
    if (!read_time(&input->create_time_s, "create_time", reading))
        return false;
    if (!input->create_time_s)
        return reject(reading, "create_time", "is missing, and the record has no timestamp");
    if (record_s && input->create_time_s - record_s > AHEAD_MAX_S)
        return reject(reading, "create_time", "is more than a day ahead of the record's timestamp");
    return true;
}

static bool read_code(struct input *input, struct arena *scratch, const struct reading *reading)
{
    static const char member[] = "authorization_code";
    struct str code = {0};
    if (json_string(&code, reading->data, member) == JSON_WRONG)
        return reject(reading, member, "is not a string");
    if (str_is_empty(code))
        return reject(reading, member, "is missing");
    if (code.len > CODE_LEN_MAX)
        return reject(reading, member, "is longer than 1024 bytes");
    if (EVP_Digest(code.at, code.len, input->code_digest, NULL, EVP_sha256(), NULL) != 1)
        return reject(reading, member, "has no digest: libcrypto lacks SHA-256");

    input->code = keep(scratch, code);
    input->code_expires_s = input->create_time_s + CODE_LIFE_S;
    return read_time(&input->code_expires_s, "authorization_code_expired_time", reading);
}

static bool read_info_type(enum info_type *type, const struct reading *reading)
{
    static const char *const words[] = {
        [INFO_AUTHORIZED] = "authorized",
        [INFO_UPDATEAUTHORIZED] = "updateauthorized",
        [INFO_UNAUTHORIZED] = "unauthorized",
    };
    struct str word = {0};
    if (json_string(&word, reading->data, "info_type") == JSON_WRONG)
        return reject(reading, "info_type", "is not a string");
    if (!word.at)
        return reject(reading, "info_type", "is missing");

    *type = INFO_OTHER;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_equal(word, str_of(words[i])))
            *type = (enum info_type)i;
    return true;
}

/* One reader for each row of inputs.def. */

static bool read_authorization_changed(struct input *input, struct arena *scratch,
                                       const struct reading *reading)
{
    if (!read_info_type(&input->info_type, reading))
        return false;
    if (input->info_type == INFO_OTHER)
        return true;
    if (!read_appid(&input->authorizer, "authorizer_appid", reading))
        return false;
    if (!read_create_time(input, reading))
        return false;
    if (input->info_type != INFO_UNAUTHORIZED)
        return read_code(input, scratch, reading);
    if (!appid_is_known(&input->authorizer))
        return reject(reading, "authorizer_appid", "is missing");
    return true;
}

static bool read_refresh_due(struct input *input, struct arena *scratch,
                             const struct reading *reading)
{
    (void)scratch;
    if (!read_appid(&input->authorizer, "authorizer_appid", reading))
        return false;
    if (!appid_is_known(&input->authorizer))
        return reject(reading, "authorizer_appid", "is missing");
    if (json_integer(&input->version, reading->data, "version") == JSON_WRONG)
        return reject(reading, "version", "is not a whole number");
    if (input->version < 0 && json_member(reading->data, "version"))
        return reject(reading, "version", "is negative");
    return true;
}

static bool find_kind(enum input_kind *kind, struct str type, const struct input_rules *rules,
                      struct dead *dead)
{
    static const char *const types[] = {
#define INPUT(KIND, name, topic, meaning) [INPUT_##KIND] = "wxtoken." topic ".v1",
#include "model/inputs.def"
#undef INPUT
    };
    if (!type.at) {
        *kind = rules->topic_kind;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_equal(type, str_of(types[i]))) {
            *kind = (enum input_kind)i;
            return true;
        }
    }
    struct str quote = dead_quote(type);
    return dead_set(dead, DEAD_UNKNOWN_TYPE, "type \"%.*s\" is not one of ours", STR_ARGS(quote));
}

static bool check_size(const struct record *record, struct dead *dead)
{
    if (record->value.len > RECORD_VALUE_MAX)
        return dead_set(dead, DEAD_TOO_LARGE, "the value has %zu bytes, %d are taken",
                        record->value.len, RECORD_VALUE_MAX);
    size_t beside = record->key.len;
    for (size_t i = 0; i < record->header_count; i++)
        beside += record->headers[i].name.len + record->headers[i].value.len;
    if (beside > RECORD_VALUE_MAX)
        return dead_set(dead, DEAD_TOO_LARGE, "key and headers have %zu bytes, %d are taken",
                        beside, RECORD_VALUE_MAX);
    return true;
}

static bool read_event(struct input *input, struct arena *scratch, const struct cloudevent *event,
                       const struct input_rules *rules, const struct reading *reading)
{
    if (!find_kind(&input->kind, event->type, rules, reading->dead))
        return false;
    if (!read_component(&input->component, &rules->component, reading))
        return false;
    input->traceparent = keep(scratch, event->traceparent);
    switch (input->kind) {
#define INPUT(KIND, name, topic, meaning)                                                          \
    case INPUT_##KIND:                                                                             \
        return read_##name(input, scratch, reading);
#include "model/inputs.def"
#undef INPUT
    }
    return false;
}

bool input_event_decode(struct input *input, struct arena *scratch, const struct record *record,
                        const struct input_rules *rules, struct dead *dead)
{
    struct cloudevent event;
    if (!check_size(record, dead) || !cloudevent_decode(&event, record, dead))
        return false;

    struct reading reading = {.data = event.data, .record = record, .dead = dead};
    struct input decoded = {.version = -1};
    size_t scratch_len = scratch->len;
    bool taken = read_event(&decoded, scratch, &event, rules, &reading);
    json_object_put(event.root);
    if (!taken) {
        scratch->len = scratch_len;
        return false;
    }
    *input = decoded;
    return true;
}
