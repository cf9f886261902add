/*
 * The frontier of a partition, which is how far it is finished: the list of its unfinished records
 * in offset order.
 *
 * The first record on the list is the frontier. If the list is empty, everything that was taken in
 * is finished. Offsets that never come (compaction, transaction markers) count as finished, because
 * only records that were taken in are on the list. Ownership: entries are inside jobs. Limits: as
 * many entries as jobs. Units: Kafka offsets.
 */
#pragma once

#include <stdint.h>

#include "base/list.h"

enum { FRONTIER_NONE = -1 };

struct frontier_entry {
    struct link in_frontier;
    int64_t offset;
};

struct frontier {
    struct list unfinished;   /* of frontier_entry, by offset */
    int64_t next;             /* after the last one taken in; FRONTIER_NONE: none was */
    int64_t highest_finished; /* FRONTIER_NONE: nothing is finished */
};

void frontier_init(struct frontier *frontier);

/* A record was taken in. Offsets only rise; anything else is a bug. */
void frontier_take(struct frontier *frontier, struct frontier_entry *entry, int64_t offset);

/* A record is finished: done, dead or parked. */
void frontier_finish(struct frontier *frontier, struct frontier_entry *entry);

/* A record was given up unfinished: the next owner of the partition reads it again. */
void frontier_return(struct frontier *frontier, struct frontier_entry *entry);

/* Returns the offset to commit: everything below it is finished. FRONTIER_NONE: nothing was taken
 * in yet. */
int64_t frontier_position(const struct frontier *frontier);
