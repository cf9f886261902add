#include "base/heap.h"

#include <assert.h>

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct heap *heap, struct timer *timer, size_t place)
{
    heap->timers[place - 1] = timer;
    timer->place = place;
}

static void sift_up(struct heap *heap, struct timer *timer, size_t place)
{
    while (place > 1 && is_before(timer, heap->timers[place / 2 - 1])) {
        put(heap, heap->timers[place / 2 - 1], place);
        place /= 2;
    }
    put(heap, timer, place);
}

static void sift_down(struct heap *heap, struct timer *timer, size_t place)
{
    while (place * 2 <= heap->count) {
        size_t child = place * 2;
        if (child < heap->count && is_before(heap->timers[child], heap->timers[child - 1]))
            child++;
        if (!is_before(heap->timers[child - 1], timer))
            break;
        put(heap, heap->timers[child - 1], place);
        place = child;
    }
    put(heap, timer, place);
}

void heap_init(struct heap *heap, struct timer **memory, size_t max)
{
    *heap = (struct heap){.timers = memory, .max = max};
}

void heap_add(struct heap *heap, struct timer *timer, ms_t due)
{
    assert(!timer_is_set(timer));
    assert(heap->count < heap->max);
    timer->due = due;
    timer->order = heap->next_order++;
    heap->count++;
    sift_up(heap, timer, heap->count);
}

void heap_remove(struct heap *heap, struct timer *timer)
{
    if (!timer_is_set(timer))
        return;

    size_t place = timer->place;
    struct timer *last = heap->timers[heap->count - 1];
    heap->count--;
    timer->place = 0;
    if (last == timer)
        return;
    sift_down(heap, last, place);
    sift_up(heap, last, last->place);
}

struct timer *heap_first(const struct heap *heap)
{
    return heap->count ? heap->timers[0] : NULL;
}
