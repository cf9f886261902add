/*
 * struct report: what the judge saw.
 *
 * A flight is one call from its arrival until its reply is handed to the socket. So a caller cannot
 * have the reply of a flight that is still counted. Each function costs the same however many calls
 * there were: a list of flights is only as long as the calls in flight for one authorizer, which is
 * one if the caller behaves.
 */
#pragma once

#include <stdint.h>

#include "call_kind.h"
#include "fault_kind.h"
#include "issues.h"
#include "text.h"

enum { UNDOCUMENTED_KEPT = 20, ERRCODES_MAX = 128 };

/* The judge's page on one authorizer. */
struct record {
    uint64_t calls;
    uint64_t deliveries[DELIVERIES]; /* of access tokens; none is counted as pending */
    unsigned in_flight_max;
    struct flight *flights; /* in flight now */
};

struct flight {
    struct flight *next;
    struct record *record; /* NULL: the call names no authorizer that we know */
    uint64_t client;       /* a hash of the Host header, which tells callers apart if they differ */
    int fd;                /* the caller's socket */
};

/* How often an errcode was answered: by WeChat's rules, and because a script said so. */
struct errcode_count {
    int errcode;
    uint64_t refused;
    uint64_t scripted;
};

struct report {
    uint64_t calls[CALL_KINDS];
    struct errcode_count errcodes[ERRCODES_MAX]; /* in the order of their first use */
    size_t errcode_count;
    uint64_t faults[FAULT_KINDS];
    unsigned in_flight;
    unsigned in_flight_max;
    unsigned same_authorizer_in_flight_max;
    unsigned same_client_in_flight_max; /* for one authorizer, by one client */
    uint64_t codes_exchanged_twice;
    uint64_t undocumented_count;
    struct text undocumented[UNDOCUMENTED_KEPT];
};

void report_done(struct report *r);

/* Links the flight into its record until report_end_flight. */
void report_begin_flight(struct report *r, struct flight *flight, enum call_kind kind);
void report_end_flight(struct report *r, struct flight *flight);

void report_refused(struct report *r, int errcode);
void report_scripted(struct report *r, int errcode);
void report_fault(struct report *r, enum fault_kind kind);

/* Notes a request that is not as WeChat documents it. */
void report_undocumented(struct report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the members of a JSON object, without its braces. */
void report_write(const struct report *r, struct text *out);
