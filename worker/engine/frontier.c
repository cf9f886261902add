#include "engine/frontier.h"

#include <assert.h>

void frontier_init(struct frontier *frontier)
{
    list_init(&frontier->unfinished);
    frontier->next = FRONTIER_NONE;
    frontier->highest_finished = FRONTIER_NONE;
}

void frontier_take(struct frontier *frontier, struct frontier_entry *entry, int64_t offset)
{
    assert(offset >= frontier->next);
    entry->offset = offset;
    frontier->next = offset + 1;
    list_append(&frontier->unfinished, &entry->in_frontier);
}

void frontier_finish(struct frontier *frontier, struct frontier_entry *entry)
{
    list_remove(&frontier->unfinished, &entry->in_frontier);
    if (entry->offset > frontier->highest_finished)
        frontier->highest_finished = entry->offset;
}

void frontier_return(struct frontier *frontier, struct frontier_entry *entry)
{
    list_remove(&frontier->unfinished, &entry->in_frontier);
    if (entry->offset < frontier->next)
        frontier->next = entry->offset;
}

int64_t frontier_position(const struct frontier *frontier)
{
    const struct frontier_entry *first = LIST_FIRST(struct frontier_entry, &frontier->unfinished,
                                                    in_frontier);
    return first ? first->offset : frontier->next;
}
