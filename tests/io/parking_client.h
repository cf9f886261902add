/*
 * What the tests of parking share: records and what is known of them, parked, taken and deleted through the adapter.
 *
 * Stands on postgres_client: one adapter, its replies in client()->replies.
 */
#pragma once

#include "io/postgres_client.h"

enum { LEASE_MS = 60000 };

#define TOPIC "refresh-due"

/* A record of TOPIC without anything, and what is known of one that has just come. */
struct record record_at(int64_t offset);
struct parked fresh(void);

/* The tag is the record. */
struct park park_of(const struct record *record, const struct parked *parked);
enum postgres_outcome park(const struct record *record, const struct parked *parked);
void park_fresh(int64_t offset);
enum postgres_outcome unpark(const struct record *record, int64_t revision);

/* Takes what is due of TOPIC: how many replies there were. */
size_t claim_due(size_t count_max);
size_t replies_until_room(void);

/* The only record that is due; the caller's to free(). */
struct record *take_one(void);
void free_records(size_t count);

int parked_rows(void);
