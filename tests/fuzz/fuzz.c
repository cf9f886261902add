#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

struct str exact_copy(struct str view)
{
    if (!view.at)
        return view;
    char *at = malloc(view.len ? view.len : 1);
    assert(at);
    memcpy(at, view.at, view.len);
    return (struct str){.at = at, .len = view.len};
}

void exact_free(struct str copy)
{
    free((char *)copy.at);
}

bool lies_within(struct str view, const void *block, size_t len)
{
    if (view.len == 0)
        return true;
    uintptr_t start = (uintptr_t)view.at;
    uintptr_t first = (uintptr_t)block;
    return start >= first && start - first <= len && view.len <= len - (start - first);
}

bool is_plain_text(struct str view)
{
    for (size_t i = 0; i < view.len; i++)
        if (view.at[i] < ' ' || view.at[i] > '~')
            return false;
    return true;
}

bool is_sentence(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    return len > 0 && len < max && is_plain_text((struct str){.at = text, .len = len});
}

struct str cut_off(struct str *rest, char end)
{
    const char *at = rest->len ? memchr(rest->at, end, rest->len) : NULL;
    struct str front = {.at = rest->at, .len = at ? (size_t)(at - rest->at) : rest->len};
    size_t taken = front.len + (at ? 1 : 0);
    *rest = (struct str){.at = rest->at + taken, .len = rest->len - taken};
    return front;
}
