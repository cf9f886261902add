#include "base/utf8.h"

size_t utf8_len(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    if (text.len == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool too_high = at[0] == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || too_high ? 0 : len;
}
