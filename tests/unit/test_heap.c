#include "test.h"

#include "base/heap.h"

enum { MAX = 64 };

struct fixture {
    struct heap heap;
    struct timer *memory[MAX];
    struct timer timers[MAX];
};

static void init(struct fixture *f)
{
    *f = (struct fixture){0};
    heap_init(&f->heap, f->memory, MAX);
}

/* Takes the first timer out and returns its index. */
static int take(struct fixture *f)
{
    struct timer *first = heap_first(&f->heap);
    assert_non_null(first);
    heap_remove(&f->heap, first);
    assert_false(timer_is_set(first));
    return (int)(first - f->timers);
}

static void an_empty_heap_has_no_first(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);

    assert_null(heap_first(&f.heap));
}

static void timers_leave_in_order_of_their_due_time(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    static const ms_t due[] = {5, -3, 9, TIME_NEVER, 0, 7, 1};
    static const int order[] = {1, 4, 6, 0, 5, 2, 3};

    for (int i = 0; i < 7; i++)
        heap_add(&f.heap, &f.timers[i], due[i]);

    for (int i = 0; i < 7; i++)
        assert_int_equal(take(&f), order[i]);
    assert_null(heap_first(&f.heap));
}

static void equal_due_times_leave_in_the_order_they_came(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);

    for (int i = 0; i < MAX; i++)
        heap_add(&f.heap, &f.timers[i], 10);

    for (int i = 0; i < MAX; i++)
        assert_int_equal(take(&f), i);
}

static void a_timer_that_is_not_set_may_be_removed(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    heap_add(&f.heap, &f.timers[0], 1);

    heap_remove(&f.heap, &f.timers[1]);

    assert_int_equal(f.heap.count, 1);
    assert_int_equal(take(&f), 0);
}

static void a_removed_timer_can_be_set_again(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    heap_add(&f.heap, &f.timers[0], 1);
    heap_add(&f.heap, &f.timers[1], 2);

    heap_remove(&f.heap, &f.timers[0]);
    heap_add(&f.heap, &f.timers[0], 3);

    assert_int_equal(take(&f), 1);
    assert_int_equal(take(&f), 0);
}

/* The timer due first by looking at each of them. */
static int first_by_search(const struct fixture *f)
{
    int first = -1;
    for (int i = 0; i < MAX; i++) {
        const struct timer *timer = &f->timers[i];
        if (!timer_is_set(timer))
            continue;
        bool before = first < 0 || timer->due < f->timers[first].due ||
                      (timer->due == f->timers[first].due && timer->order < f->timers[first].order);
        first = before ? i : first;
    }
    return first;
}

static void any_order_of_adding_then_removing_keeps_the_first_first(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    uint32_t random = 1;

    for (int step = 0; step < 20000; step++) {
        random = random * 1664525 + 1013904223;
        struct timer *timer = &f.timers[(random >> 8) % MAX];
        if (timer_is_set(timer))
            heap_remove(&f.heap, timer);
        else
            heap_add(&f.heap, timer, (ms_t)((random >> 16) % 50));

        struct timer *first = heap_first(&f.heap);
        assert_int_equal(first ? (int)(first - f.timers) : -1, first_by_search(&f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_first),
        cmocka_unit_test(timers_leave_in_order_of_their_due_time),
        cmocka_unit_test(equal_due_times_leave_in_the_order_they_came),
        cmocka_unit_test(a_timer_that_is_not_set_may_be_removed),
        cmocka_unit_test(a_removed_timer_can_be_set_again),
        cmocka_unit_test(any_order_of_adding_then_removing_keeps_the_first_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
