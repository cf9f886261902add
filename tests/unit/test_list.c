#include "test.h"

#include "base/list.h"

struct member {
    int number;
    struct link in_list;
};

enum { MEMBERS = 4 };

struct fixture {
    struct list list;
    struct member members[MEMBERS];
};

static void init(struct fixture *f)
{
    list_init(&f->list);
    for (int i = 0; i < MEMBERS; i++) {
        f->members[i].number = i;
        link_init(&f->members[i].in_list);
    }
}

static void append(struct fixture *f, int count)
{
    for (int i = 0; i < count; i++)
        list_append(&f->list, &f->members[i].in_list);
}

/* Reads the list as one number forwards and one backwards: members 1 2 3 are 123. */
static void assert_holds(const struct fixture *f, int forwards, int backwards)
{
    int number = 0;
    LIST_FOR_EACH(struct member, member, &f->list, in_list)
        number = number * 10 + member->number;
    assert_int_equal(number, forwards);
    number = 0;
    for (const struct link *at = f->list.head.prev; at != &f->list.head; at = at->prev)
        number = number * 10 + CONTAINER(at, struct member, in_list)->number;
    assert_int_equal(number, backwards);
}

static void an_empty_list_has_neither_end(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);

    assert_true(list_is_empty(&f.list));
    assert_null(list_first(&f.list));
    assert_null(list_last(&f.list));
    assert_false(link_is_on_a_list(&f.members[0].in_list));
}

static void members_stand_in_the_order_they_were_appended(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);

    append(&f, 4);

    assert_holds(&f, 123, 3210);
    assert_int_equal(f.list.count, 4);
    assert_true(link_is_on_a_list(&f.members[0].in_list));
}

static void a_member_can_be_put_before_another(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    append(&f, 3);

    list_insert_before(&f.list, &f.members[1].in_list, &f.members[3].in_list);

    assert_holds(&f, 312, 2130);
    assert_int_equal(f.list.count, 4);
}

static void a_member_can_be_put_in_front(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    append(&f, 2);

    list_insert_before(&f.list, list_first(&f.list), &f.members[3].in_list);

    assert_holds(&f, 301, 103);
}

static void any_member_can_be_removed(void **state)
{
    (void)state;
    static const int left[] = {123, 23, 13, 12}; /* without the 0th, 1st, 2nd, 3rd of 0123 */
    static const int backwards[] = {321, 320, 310, 210};
    for (int i = 0; i < MEMBERS; i++) {
        struct fixture f;
        init(&f);
        append(&f, 4);

        list_remove(&f.list, &f.members[i].in_list);

        assert_false(link_is_on_a_list(&f.members[i].in_list));
        assert_holds(&f, left[i], backwards[i]);
        assert_int_equal(f.list.count, 3);
    }
}

static void a_removed_member_can_be_appended_again(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    append(&f, 1);

    list_remove(&f.list, &f.members[0].in_list);
    assert_true(list_is_empty(&f.list));
    append(&f, 2);

    assert_holds(&f, 1, 10);
}

static void a_walk_may_remove_each_member_as_it_goes(void **state)
{
    (void)state;
    struct fixture f;
    init(&f);
    append(&f, 4);

    LIST_FOR_EACH_SAFE(struct member, member, &f.list, in_list) {
        if (member->number % 2)
            list_remove(&f.list, &member->in_list);
    }

    assert_holds(&f, 2, 20);
    assert_ptr_equal(LIST_FIRST(struct member, &f.list, in_list), &f.members[0]);
    assert_ptr_equal(LIST_LAST(struct member, &f.list, in_list), &f.members[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_has_neither_end),
        cmocka_unit_test(members_stand_in_the_order_they_were_appended),
        cmocka_unit_test(a_member_can_be_put_before_another),
        cmocka_unit_test(a_member_can_be_put_in_front),
        cmocka_unit_test(any_member_can_be_removed),
        cmocka_unit_test(a_removed_member_can_be_appended_again),
        cmocka_unit_test(a_walk_may_remove_each_member_as_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
