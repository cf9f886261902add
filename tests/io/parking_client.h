/*
 * Shared by the tests of parking: parks records with what is known of them, claims them and deletes
 * them through the adapter.
 *
 * Based on postgres_client: one adapter, whose replies are in client()->replies.
 */
#pragma once

#include "io/postgres_client.h"

enum { LEASE_MS = 60000 };

#define TOPIC "refresh-due"

/* An empty record of TOPIC, and what is known of a record that has just come. */
struct record record_at(int64_t offset);
struct parked fresh(void);

/* The tag of a request to park is its record. */
struct park park_of(const struct record *record, const struct parked *parked);
enum postgres_outcome park(const struct record *record, const struct parked *parked);
void park_fresh(int64_t offset);
enum postgres_outcome unpark(const struct record *record, int64_t revision);

/* Sends a claim of what is due of a topic. */
void send_claim(struct str topic, size_t count_max);

/* Claims what is due of TOPIC. Returns how many replies there were. */
size_t claim_due(size_t count_max);
size_t replies_until_room(void);

/* Claims the only record that is due. The caller frees it. */
struct record *take_one(void);
void free_records(size_t count);

int parked_rows(void);
