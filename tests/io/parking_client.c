#include "io/parking_client.h"

#include "test.h"

#include <stdlib.h>

struct record record_at(int64_t offset)
{
    return (struct record){
        .origin = {.topic = STR(TOPIC), .partition = 3, .offset = offset, .timestamp_ms = 1000}};
}

struct parked fresh(void)
{
    return (struct parked){.first_seen_ms = 1770000000123,
                           .inquiry.exhausted_version = INQUIRY_NEVER,
                           .serves_version = SERVES_NONE};
}

struct park park_of(const struct record *record, const struct parked *parked)
{
    return (struct park){
        .tag = (void *)record, .record = record, .parked = parked, .reason = "a reason"};
}

enum postgres_outcome park(const struct record *record, const struct parked *parked)
{
    struct park wanted = park_of(record, parked);
    postgres_park(client()->postgres, &wanted, 1);
    take(1);
    assert_ptr_equal(client()->replies[0].tag, record);
    return client()->replies[0].outcome;
}

void park_fresh(int64_t offset)
{
    struct record record = record_at(offset);
    struct parked parked = fresh();
    assert_int_equal(park(&record, &parked), POSTGRES_DONE);
}

enum postgres_outcome unpark(const struct record *record, int64_t revision)
{
    struct unpark wanted = {.tag = &wanted, .origin = &record->origin, .revision = revision};
    postgres_unpark(client()->postgres, &wanted, 1);
    take(1);
    assert_ptr_equal(client()->replies[0].tag, &wanted);
    return client()->replies[0].outcome;
}

size_t replies_until_room(void)
{
    size_t count = 0;
    while (!postgres_room(client()->postgres))
        count += turn(client()->replies + count, POSTGRES_BATCH_MAX - count);
    return count;
}

void send_claim(struct str topic, size_t count_max)
{
    struct claim claim = {
        .topics = {topic}, .topic_count = 1, .count_max = count_max, .lease_ms = LEASE_MS};
    postgres_claim_due(client()->postgres, &claim);
}

size_t claim_due(size_t count_max)
{
    send_claim(STR(TOPIC), count_max);
    return replies_until_room();
}

struct record *take_one(void)
{
    assert_int_equal(claim_due(POSTGRES_BATCH_MAX), 1);
    assert_int_equal(client()->replies[0].outcome, POSTGRES_DONE);
    assert_null(client()->replies[0].tag);
    return client()->replies[0].record;
}

void free_records(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(client()->replies[i].record);
}

int parked_rows(void)
{
    return other_counts("SELECT count(*) FROM wxtoken.parked");
}
