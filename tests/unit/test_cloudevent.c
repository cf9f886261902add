#include "test.h"

#include <json-c/json.h>
#include <string.h>

#include "wire/cloudevent.h"

#define PARENT       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define OTHER_PARENT "01-ffffffffffffffffffffffffffffffff-ffffffffffffffff-00"
#define STRUCTURED   "content-type", "application/cloudevents+json"
#define ENVELOPE     "\"specversion\":\"1.0\",\"type\":\"T\""

enum { HEADERS_MAX = 4 };

struct envelope_case {
    const char *what;
    const char *headers[2 * HEADERS_MAX + 1]; /* name, value, name, value … */
    const char *value;
    const char *type;        /* NULL: plain */
    const char *traceparent; /* NULL: none */
    const char *fault;       /* NULL: it is taken, and its data has a member `a` */
};

static const struct envelope_case cases[] = {
    /* which of the three */
    {"no header at all is plain JSON", .value = "{\"a\":1}"},
    {"any other content-type is plain JSON", .headers = {"content-type", "text/html"},
     .value = "{\"a\":1}"},
    {"a ce_specversion header is binary mode", .headers = {"ce_specversion", "1.0", "ce_type", "T"},
     .value = "{\"a\":1}", .type = "T"},
    {"the content-type names structured mode", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data\":{\"a\":1}}", .type = "T"},
    {"media types have no case and may have parameters",
     .headers = {"content-type", "Application/CloudEvents+JSON; charset=UTF-8"},
     .value = "{" ENVELOPE ",\"data\":{\"a\":1}}", .type = "T"},
    {"structured mode goes before ce_ headers",
     .headers = {STRUCTURED, "ce_specversion", "1.0", "ce_type", "X"},
     .value = "{" ENVELOPE ",\"data\":{\"a\":1}}", .type = "T"},
    {"header names have a case", .headers = {"CE_SpecVersion", "1.0", "ce_type", "T"},
     .value = "{\"a\":1}"},
    {"the last of two headers counts",
     .headers = {"ce_specversion", "0.3", "ce_specversion", "1.0", "ce_type", "T"},
     .value = "{\"a\":1}", .type = "T"},
    /* binary mode */
    {"binary data may be any kind of JSON",
     .headers = {"ce_specversion", "1.0", "ce_type", "T", "content-type",
                 "application/vnd.x+JSON ; v=1"},
     .value = "{\"a\":1}", .type = "T"},
    {"binary data that is not JSON is refused",
     .headers = {"ce_specversion", "1.0", "ce_type", "T", "content-type", "application/xml"},
     .value = "{\"a\":1}", .fault = "data of type \"application/xml\" is not JSON"},
    {"another binary specversion is refused", .headers = {"ce_specversion", "0.3", "ce_type", "T"},
     .value = "{\"a\":1}", .fault = "specversion \"0.3\" is not 1.0"},
    {"a null specversion is another one", .headers = {"ce_specversion", "", "ce_type", "T"},
     .value = "{\"a\":1}", .fault = "specversion \"\" is not 1.0"},
    {"a binary event has a type", .headers = {"ce_specversion", "1.0"}, .value = "{\"a\":1}",
     .fault = "header ce_type is missing"},
    /* structured mode */
    {"another structured specversion is refused", .headers = {STRUCTURED},
     .value = "{\"specversion\":\"2.0\",\"type\":\"T\",\"data\":{}}",
     .fault = "specversion \"2.0\" is not 1.0"},
    {"a structured event has a specversion", .headers = {STRUCTURED},
     .value = "{\"type\":\"T\",\"data\":{}}", .fault = "specversion \"\" is not 1.0"},
    {"a number is no specversion", .headers = {STRUCTURED},
     .value = "{\"specversion\":1.0,\"type\":\"T\",\"data\":{}}",
     .fault = "specversion is not a string"},
    {"a structured event has a type", .headers = {STRUCTURED},
     .value = "{\"specversion\":\"1.0\",\"data\":{}}", .fault = "type is missing"},
    {"an empty type is none", .headers = {STRUCTURED},
     .value = "{\"specversion\":\"1.0\",\"type\":\"\",\"data\":{}}", .fault = "type is missing"},
    {"structured data has a JSON type", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"datacontenttype\":\"text/xml\",\"data\":\"<a/>\"}",
     .fault = "data of type \"text/xml\" is not JSON"},
    {"text is no data", .headers = {STRUCTURED}, .value = "{" ENVELOPE ",\"data\":\"{}\"}",
     .fault = "data is not a JSON object"},
    {"data is needed", .headers = {STRUCTURED}, .value = "{" ENVELOPE "}",
     .fault = "data is missing"},
    {"base64 of JSON is data: {\"a\":1}", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"eyJhIjoxfQ==\"}", .type = "T"},
    {"base64 of a blank behind JSON too", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"eyJhIjoxfSA=\"}", .type = "T"},
    {"base64 of other bytes is not", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"AAECAw==\"}",
     .fault = "data_base64 holds no JSON object: control character"},
    {"what is not base64 is refused", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"{}\"}",
     .fault = "data_base64 holds no JSON object: not base64"},
    {"a blank in front is not base64", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\" eyJhIjoxfQ==\"}",
     .fault = "data_base64 holds no JSON object: not base64"},
    {"a padding in the middle is not base64: {\"a\":0}", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"eyJhIjow====fQ==\"}",
     .fault = "data_base64 holds no JSON object: not base64"},
    {"too much of a padding is not base64", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"data_base64\":\"eyJhIjoxfSA=====\"}",
     .fault = "data_base64 holds no JSON object: not base64"},
    {"batched mode is refused", .headers = {"content-type", "application/cloudevents-batch+json"},
     .value = "[]", .fault = "batched events are not taken: one event per record"},
    /* JSON */
    {"a null value is refused", .fault = "the value is null"},
    {"an empty value is refused", .value = "", .fault = "the value is not a JSON object: empty"},
    {"the last of two members wins", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"type\":\"U\",\"data\":{\"a\":1}}", .type = "U"},
    {"an array is refused", .value = "[{\"a\":1}]",
     .fault = "the value is not a JSON object: no JSON object"},
    /* traceparent */
    {"Kafka's own traceparent is taken", .headers = {"traceparent", PARENT}, .value = "{\"a\":1}",
     .traceparent = PARENT},
    {"the binary extension is taken",
     .headers = {"ce_specversion", "1.0", "ce_type", "T", "ce_traceparent", PARENT},
     .value = "{\"a\":1}", .type = "T", .traceparent = PARENT},
    {"the structured extension is taken", .headers = {STRUCTURED},
     .value = "{" ENVELOPE ",\"traceparent\":\"" PARENT "\",\"data\":{\"a\":1}}", .type = "T",
     .traceparent = PARENT},
    {"Kafka's goes before the extension", .headers = {STRUCTURED, "traceparent", PARENT},
     .value = "{" ENVELOPE ",\"traceparent\":\"" OTHER_PARENT "\",\"data\":{\"a\":1}}", .type = "T",
     .traceparent = PARENT},
    {"Kafka's goes before the binary extension",
     .headers = {"ce_traceparent", OTHER_PARENT, "traceparent", PARENT}, .value = "{\"a\":1}",
     .traceparent = PARENT},
    {"one of another shape is passed over",
     .headers = {"ce_specversion", "1.0", "ce_type", "T", "traceparent", "00-1-2-01",
                 "ce_traceparent", PARENT},
     .value = "{\"a\":1}", .type = "T", .traceparent = PARENT},
    {"upper case is another shape",
     .headers = {"traceparent", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
     .value = "{\"a\":1}"},
    {"dashes have their places",
     .headers = {"traceparent", "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01"},
     .value = "{\"a\":1}"},
};

static bool decode(struct cloudevent *event, const struct envelope_case *c, struct dead *dead)
{
    struct record_header headers[HEADERS_MAX];
    size_t count = 0;
    for (const char *const *at = c->headers; at[0]; at += 2)
        headers[count++] = (struct record_header){str_of(at[0]), str_of(*at[1] ? at[1] : NULL)};
    struct record record = {.value = str_of(c->value), .header_count = count, .headers = headers};
    return cloudevent_decode(event, &record, dead);
}

static void expect_str(const char *what, struct str got, const char *want)
{
    if (!got.at != !want || !str_equal(got, str_of(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", what, STR_ARGS(got), want ? want : "nothing");
}

static void expect_event(const struct envelope_case *c, const struct cloudevent *event)
{
    if (c->fault)
        fail_msg("%s: it is taken", c->what);
    if (!json_object_object_get_ex(event->data, "a", NULL))
        fail_msg("%s: the data is not there", c->what);
    expect_str(c->what, event->type, c->type);
    expect_str(c->what, event->traceparent, c->traceparent);
}

static void an_envelope_is_read_as_the_contract_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cloudevent event;
        struct dead dead = {.message = "nothing said"};

        bool taken = decode(&event, &cases[i], &dead);

        if (taken) {
            expect_event(&cases[i], &event);
            json_object_put(event.root);
            continue;
        }
        expect_str(cases[i].what, str_of(dead.message), cases[i].fault);
        assert_int_equal(dead.reason, DEAD_INVALID_EVENT);
    }
}

static void a_quoted_header_is_cut_and_made_printable(void **state)
{
    (void)state;
    char version[100];
    memset(version, '\n', sizeof(version) - 1);
    version[sizeof(version) - 1] = '\0';
    const struct envelope_case c = {.headers = {"ce_specversion", version}, .value = "{}"};
    struct cloudevent event;
    struct dead dead;

    assert_false(decode(&event, &c, &dead));

    assert_string_equal(
        dead.message,
        "specversion "
        "\"????????????????????????????????????????????????????????????????\" is not 1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_envelope_is_read_as_the_contract_says),
        cmocka_unit_test(a_quoted_header_is_cut_and_made_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
