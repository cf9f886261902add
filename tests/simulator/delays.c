#include "delays.h"

#include <stdlib.h>

void delays_done(struct delays *d)
{
    free(d->heap);
    *d = (struct delays){0};
}

void delays_add(struct delays *d, struct delay *delay)
{
    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 256;
        d->heap = realloc(d->heap, d->room * sizeof(struct delay *));
        if (!d->heap)
            abort();
    }
    size_t at = d->count++;
    for (; at > 0 && d->heap[(at - 1) / 2]->at_us > delay->at_us; at = (at - 1) / 2)
        d->heap[at] = d->heap[(at - 1) / 2];
    d->heap[at] = delay;
}

struct delay *delays_first(const struct delays *d)
{
    return d->count ? d->heap[0] : NULL;
}

static size_t sooner_child(const struct delays *d, size_t at)
{
    size_t left = 2 * at + 1;
    if (left + 1 < d->count && d->heap[left + 1]->at_us < d->heap[left]->at_us)
        return left + 1;
    return left;
}

struct delay *delays_take(struct delays *d)
{
    if (d->count == 0)
        return NULL;
    struct delay *first = d->heap[0];
    struct delay *last = d->heap[--d->count];
    size_t at = 0;
    while (2 * at + 1 < d->count) {
        size_t child = sooner_child(d, at);
        if (d->heap[child]->at_us >= last->at_us)
            break;
        d->heap[at] = d->heap[child];
        at = child;
    }
    d->heap[at] = last; /* of an emptied heap: the place is not read again */
    return first;
}
