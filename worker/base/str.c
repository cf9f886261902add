#include "base/str.h"

bool str_to_int64(struct str view, int64_t *number)
{
    bool negative = view.len > 0 && view.at[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == view.len)
        return false;

    int64_t sum = 0; /* kept negative, because -INT64_MIN does not fit */
    for (; at < view.len; at++) {
        if (view.at[at] < '0' || view.at[at] > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, view.at[at] - '0', &sum))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, sum, &sum))
        return false;

    *number = sum;
    return true;
}
