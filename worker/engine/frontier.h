/*
 * How far a partition is finished: the list of its unfinished records in offset order.
 *
 * The first of them holds the frontier back; where there is none, all that was taken is finished. Offsets that never come
 * (compaction, transaction markers) count as finished, because only what was taken is on the list. Ownership: entries are
 * inside jobs. Limits: as many entries as jobs. Units: Kafka offsets.
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
    int64_t next;             /* behind the last one taken; FRONTIER_NONE: none was */
    int64_t highest_finished; /* FRONTIER_NONE: none is */
};

void frontier_init(struct frontier *frontier);

/* A record was taken. Offsets only rise: anything else is a bug. */
void frontier_take(struct frontier *frontier, struct frontier_entry *entry, int64_t offset);

/* A record is finished: done, dead or parked. */
void frontier_finish(struct frontier *frontier, struct frontier_entry *entry);

/* A record was given up unfinished: it will be read again, by whoever has the partition then. */
void frontier_return(struct frontier *frontier, struct frontier_entry *entry);

/* The offset to be committed: everything below it is finished. FRONTIER_NONE where nothing was taken yet. */
int64_t frontier_position(const struct frontier *frontier);
