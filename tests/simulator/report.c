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

/* Returns NULL if there are too many errcodes to count. */
static struct errcode_count *count_of(struct report *r, int errcode)
{
    for (size_t i = 0; i < r->errcode_count; i++)
        if (r->errcodes[i].errcode == errcode)
            return &r->errcodes[i];
    if (r->errcode_count == ERRCODES_MAX)
        return NULL;
    struct errcode_count *count = &r->errcodes[r->errcode_count++];
    count->errcode = errcode;
    return count;
}

void report_refused(struct report *r, int errcode)
{
    struct errcode_count *count = count_of(r, errcode);
    if (count)
        count->refused++;
}

void report_scripted(struct report *r, int errcode)
{
    struct errcode_count *count = count_of(r, errcode);
    if (count)
        count->scripted++;
}

void report_fault(struct report *r, enum fault_kind kind)
{
    r->faults[kind]++;
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
    text_add(out, ",\"undocumented_requests\":[");
    for (unsigned i = 0; i < UNDOCUMENTED_KEPT && i < r->undocumented_count; i++) {
        text_add(out, "%s", i ? "," : "");
        text_add_quoted(out, r->undocumented[i].at);
    }
    text_add(out, "],\"undocumented_count\":%" PRIu64, r->undocumented_count);
}

static void write_errcodes(const struct report *r, struct text *out)
{
    const char *comma = "";
    text_add(out, ",\"refused\":{");
    for (size_t i = 0; i < r->errcode_count; i++) {
        const struct errcode_count *count = &r->errcodes[i];
        if (count->refused == 0)
            continue;
        text_add(out, "%s\"%d\":%" PRIu64, comma, count->errcode, count->refused);
        comma = ",";
    }
    text_add(out, "},\"errcodes\":{");
    for (size_t i = 0; i < r->errcode_count; i++)
        text_add(out, "%s\"%d\":%" PRIu64, i ? "," : "", r->errcodes[i].errcode,
                 r->errcodes[i].refused + r->errcodes[i].scripted);
    text_add(out, "}");
}

static void write_faults(const struct report *r, struct text *out)
{
    uint64_t total = 0;
    const char *comma = "";
    text_add(out, ",\"faults_by_kind\":{");
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        if (r->faults[kind] == 0)
            continue;
        total += r->faults[kind];
        text_add(out, "%s\"%s\":%" PRIu64, comma, fault_spec((enum fault_kind)kind)->name,
                 r->faults[kind]);
        comma = ",";
    }
    text_add(out, "},\"faults\":%" PRIu64, total);
}

void report_write(const struct report *r, struct text *out)
{
    text_add(out, "\"calls\":{");
    for (unsigned kind = 0; kind < CALL_KINDS; kind++)
        text_add(out, "%s\"%s\":%" PRIu64, kind ? "," : "", call_spec((enum call_kind)kind)->name,
                 r->calls[kind]);
    text_add(out, "}");
    write_errcodes(r, out);
    write_faults(r, out);
    text_add(out, ",\"in_flight\":%u,\"in_flight_max\":%u", r->in_flight, r->in_flight_max);
    text_add(out, ",\"same_authorizer_in_flight_max\":%u,\"same_client_in_flight_max\":%u",
             r->same_authorizer_in_flight_max, r->same_client_in_flight_max);
    text_add(out, ",\"codes_exchanged_twice\":%" PRIu64, r->codes_exchanged_twice);
    write_undocumented(r, out);
}
