#include "report.h"

#include <inttypes.h>

static void raise_to(unsigned *max, unsigned value)
{
    if (*max < value)
        *max = value;
}

void report_done(struct report *r)
{
    for (unsigned i = 0; i < UNDOCUMENTED_KEPT; i++)
        text_done(&r->undocumented[i]);
}

void report_begin_flight(struct report *r, struct flight *flight, enum call_kind kind)
{
    r->calls[kind]++;
    raise_to(&r->in_flight_max, ++r->in_flight);
    struct record *record = flight->record;
    if (!record)
        return;

    record->calls++;
    flight->next = record->flights;
    record->flights = flight;
    unsigned here = 0;
    unsigned same_client = 0;
    for (const struct flight *other = record->flights; other; other = other->next) {
        here++;
        same_client += other->client == flight->client;
    }
    raise_to(&record->in_flight_max, here);
    raise_to(&r->same_authorizer_in_flight_max, here);
    raise_to(&r->same_client_in_flight_max, same_client);
}

void report_end_flight(struct report *r, struct flight *flight)
{
    r->in_flight--;
    if (!flight->record)
        return;
    struct flight **link = &flight->record->flights;
    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
}

void report_refused(struct report *r, int errcode)
{
    for (unsigned i = 0; i < REFUSALS_MAX; i++) {
        struct refusal *refusal = &r->refused[i];
        if (refusal->count == 0)
            refusal->errcode = errcode;
        if (refusal->errcode != errcode)
            continue;
        refusal->count++;
        return;
    }
}

void report_undocumented(struct report *r, const char *format, ...)
{
    if (r->undocumented_count < UNDOCUMENTED_KEPT) {
        va_list arguments;
        va_start(arguments, format);
        text_add_list(&r->undocumented[r->undocumented_count], format, arguments);
        va_end(arguments);
    }
    r->undocumented_count++;
}

static void write_undocumented(const struct report *r, struct text *out)
{
    text_add(out, ",\"undocumented\":[");
    for (unsigned i = 0; i < UNDOCUMENTED_KEPT && i < r->undocumented_count; i++) {
        text_add(out, "%s", i ? "," : "");
        text_add_quoted(out, r->undocumented[i].at);
    }
    text_add(out, "],\"undocumented_count\":%" PRIu64, r->undocumented_count);
}

void report_write(const struct report *r, struct text *out)
{
    text_add(out, "\"calls\":{");
    for (unsigned kind = 0; kind < CALL_KINDS; kind++)
        text_add(out, "%s\"%s\":%" PRIu64, kind ? "," : "", call_spec((enum call_kind)kind)->name,
                 r->calls[kind]);
    text_add(out, "},\"refused\":{");
    for (unsigned i = 0; i < REFUSALS_MAX && r->refused[i].count; i++)
        text_add(out, "%s\"%d\":%" PRIu64, i ? "," : "", r->refused[i].errcode,
                 r->refused[i].count);
    text_add(out, "},\"faults\":%" PRIu64 ",\"in_flight\":%u,\"in_flight_max\":%u", r->faults,
             r->in_flight, r->in_flight_max);
    text_add(out, ",\"same_authorizer_in_flight_max\":%u,\"same_client_in_flight_max\":%u",
             r->same_authorizer_in_flight_max, r->same_client_in_flight_max);
    text_add(out, ",\"codes_exchanged_twice\":%" PRIu64, r->codes_exchanged_twice);
    write_undocumented(r, out);
}
