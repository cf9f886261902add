#include "wire/cloudevent.h"

#include <json-c/json.h>
#include <openssl/evp.h>
#include <strings.h>

#include "base/cleanup.h"
#include "wire/dead.h"
#include "wire/json.h"

/* Returns the last header with that name, or NULL. */
static const struct record_header *find_header(const struct record *record, struct str name)
{
    for (size_t i = record->header_count; i > 0; i--)
        if (str_equal(record->headers[i - 1].name, name))
            return &record->headers[i - 1];
    return NULL;
}

static struct str header_value(const struct record *record, struct str name)
{
    const struct record_header *header = find_header(record, name);
    return header ? header->value : (struct str){0};
}

static bool starts_with_in_any_case(struct str view, struct str prefix)
{
    return view.len >= prefix.len && strncasecmp(view.at, prefix.at, prefix.len) == 0;
}

static bool equals_in_any_case(struct str a, struct str b)
{
    return a.len == b.len && starts_with_in_any_case(a, b);
}

/* Returns true for application/json, text/json and anything that ends in +json, whatever parameters
 * follow. A missing media type means JSON. */
static bool is_json(struct str media)
{
    if (str_is_empty(media))
        return true;

    const char *parameters = memchr(media.at, ';', media.len);
    if (parameters)
        media.len = (size_t)(parameters - media.at);
    while (media.len && media.at[media.len - 1] == ' ')
        media.len--;

    struct str suffix = STR("+json");
    if (equals_in_any_case(media, STR("application/json")) ||
        equals_in_any_case(media, STR("text/json")))
        return true;
    return media.len > suffix.len &&
           equals_in_any_case((struct str){media.at + media.len - suffix.len, suffix.len}, suffix);
}

/* Returns true for 2, 32, 16 and 2 hex digits in lower case, with dashes between them. */
static bool is_traceparent(struct str view)
{
    enum { TRACEPARENT_LEN = 55, DASH_1 = 2, DASH_2 = 35, DASH_3 = 52 };
    if (view.len != TRACEPARENT_LEN)
        return false;
    for (size_t i = 0; i < view.len; i++) {
        char c = view.at[i];
        bool is_dash_due = i == DASH_1 || i == DASH_2 || i == DASH_3;
        bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash_due ? c != '-' : !is_hex)
            return false;
    }
    return true;
}

/* Finds the trace context. No decision depends on it, so a malformed one counts as missing. */
static struct str find_traceparent(const struct record *record, struct json_object *envelope)
{
    struct str candidates[3] = {
        header_value(record, STR("traceparent")),
        header_value(record, STR("ce_traceparent")),
    };
    if (envelope)
        (void)json_string(&candidates[2], envelope, "traceparent"); /* absent or wrong: none */
    for (size_t i = 0; i < 3; i++)
        if (is_traceparent(candidates[i]))
            return candidates[i];
    return (struct str){0};
}

static bool check_specversion(struct str version, struct dead *dead)
{
    if (str_equal(version, STR("1.0")))
        return true;
    struct str quote = dead_quote(version);
    return dead_set(dead, DEAD_INVALID_EVENT, "specversion \"%.*s\" is not 1.0", STR_ARGS(quote));
}

static bool check_media(struct str media, struct dead *dead)
{
    if (is_json(media))
        return true;
    struct str quote = dead_quote(media);
    return dead_set(dead, DEAD_INVALID_EVENT, "data of type \"%.*s\" is not JSON", STR_ARGS(quote));
}

static struct json_object *parse_value(const struct record *record, struct dead *dead)
{
    if (!record->value.at) {
        (void)dead_set(dead, DEAD_INVALID_EVENT, "the value is null");
        return NULL;
    }
    const char *fault = NULL;
    struct json_object *root = json_parse(record->value, &fault);
    if (!root)
        (void)dead_set(dead, DEAD_INVALID_EVENT, "the value is not a JSON object: %s", fault);
    return root;
}

/* Reads a string member of the envelope. If it is absent, *view stays as it is. */
static bool read_attribute(struct str *view, struct json_object *root, const char *name,
                           struct dead *dead)
{
    if (json_string(view, root, name) == JSON_WRONG)
        return dead_set(dead, DEAD_INVALID_EVENT, "%s is not a string", name);
    return true;
}

/* Returns true for groups of four with at most two "=" at the end. libcrypto is less strict: it
 * accepts blanks around the text, and "=" instead of "A" anywhere. */
static bool is_base64(struct str text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < text.len - padding; i++) {
        char c = text.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '+' && c != '/')
            return false;
    }
    return text.len % 4 == 0;
}

/* Parses the JSON in a base64 text. Returns NULL and sets *fault if there is none. */
static struct json_object *parse_base64(struct str text, const char **fault)
{
    unsigned char *bytes = malloc(text.len + 1);
    int len = -1;
    if (bytes && is_base64(text))
        len = EVP_DecodeBlock(bytes, (const unsigned char *)text.at, (int)text.len);
    for (size_t i = text.len; len > 0 && text.at[i - 1] == '='; i--)
        len--; /* libcrypto decodes padding as zeros */

    *fault = "not base64";
    struct json_object *object = NULL;
    if (len >= 0)
        object = json_parse((struct str){(const char *)bytes, (size_t)len}, fault);
    free(bytes);
    return object;
}

/* Decodes the text and puts the object in its place in the root, which then owns it. Returns NULL
 * and sets *dead if the text holds no JSON object. */
static struct json_object *decode_base64(struct json_object *root, struct str text,
                                         struct dead *dead)
{
    const char *fault = NULL;
    struct json_object *data = parse_base64(text, &fault);
    if (data && json_object_object_add(root, "data_base64", data) < 0) {
        fault = "no memory to keep it";
        json_object_put(TAKE(data));
    }
    if (!data)
        (void)dead_set(dead, DEAD_INVALID_EVENT, "data_base64 holds no JSON object: %s", fault);
    return data;
}

static struct json_object *find_data(struct json_object *root, struct dead *dead)
{
    struct json_object *data = json_object_member(root, "data");
    if (data)
        return data;

    struct str base64 = {0};
    if (!read_attribute(&base64, root, "data_base64", dead))
        return NULL;
    if (base64.at)
        return decode_base64(root, base64, dead);
    (void)dead_set(dead, DEAD_INVALID_EVENT,
                   json_member(root, "data") ? "data is not a JSON object" : "data is missing");
    return NULL;
}

static bool read_envelope(struct cloudevent *event, const struct record *record,
                          struct json_object *root, struct dead *dead)
{
    struct str version = {0};
    struct str type = {0};
    struct str media = {0};
    if (!read_attribute(&version, root, "specversion", dead) || !check_specversion(version, dead))
        return false;
    if (!read_attribute(&type, root, "type", dead))
        return false;
    if (str_is_empty(type))
        return dead_set(dead, DEAD_INVALID_EVENT, "type is missing");
    if (!read_attribute(&media, root, "datacontenttype", dead) || !check_media(media, dead))
        return false;
    struct json_object *data = find_data(root, dead);
    if (!data)
        return false;

    *event = (struct cloudevent){
        .type = type,
        .traceparent = find_traceparent(record, root),
        .data = data,
        .root = root,
    };
    return true;
}

static bool decode_structured(struct cloudevent *event, const struct record *record,
                              struct dead *dead)
{
    CLEANUP(json_putp) struct json_object *root = parse_value(record, dead);
    if (!root || !read_envelope(event, record, root, dead))
        return false;
    (void)TAKE(root); /* the event holds it now */
    return true;
}

static bool decode_plain(struct cloudevent *event, const struct record *record, struct dead *dead)
{
    struct json_object *root = parse_value(record, dead);
    if (!root)
        return false;
    *event = (struct cloudevent){
        .traceparent = find_traceparent(record, NULL),
        .data = root,
        .root = root,
    };
    return true;
}

static bool decode_binary(struct cloudevent *event, const struct record *record, struct dead *dead)
{
    struct str type = header_value(record, STR("ce_type"));
    if (!check_specversion(header_value(record, STR("ce_specversion")), dead))
        return false;
    if (str_is_empty(type))
        return dead_set(dead, DEAD_INVALID_EVENT, "header ce_type is missing");
    if (!check_media(header_value(record, STR("content-type")), dead))
        return false;
    if (!decode_plain(event, record, dead))
        return false;
    event->type = type;
    return true;
}

bool cloudevent_decode(struct cloudevent *event, const struct record *record, struct dead *dead)
{
    struct str media = header_value(record, STR("content-type"));
    if (starts_with_in_any_case(media, STR("application/cloudevents-batch")))
        return dead_set(dead, DEAD_INVALID_EVENT,
                        "batched events are not taken: one event per record");
    if (starts_with_in_any_case(media, STR("application/cloudevents+json")))
        return decode_structured(event, record, dead);
    if (find_header(record, STR("ce_specversion")))
        return decode_binary(event, record, dead);
    return decode_plain(event, record, dead);
}
