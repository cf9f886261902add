#include "handlers/errcode.h"

#include "base/count.h"

struct row {
    int32_t errcode;
    enum errcode_class class;
    unsigned calls;
    struct str text;
};

static const struct row *find_row(enum wechat_call call, int32_t errcode)
{
    enum {
        Q = 1 << CALL_QUERY_AUTH,
        R = 1 << CALL_AUTHORIZER_TOKEN,
        I = 1 << CALL_AUTHORIZER_INFO
    };
    static const struct row rows[] = {
#define ERRCODE(code, CLASS, calls, text) {code, CLASS_##CLASS, calls, {text, sizeof(text) - 1}},
#include "handlers/wechat_errcodes.def"
#undef ERRCODE
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].errcode == errcode && rows[i].calls & (1U << call))
            return &rows[i];
    }
    return NULL;
}

enum errcode_class errcode_class(enum wechat_call call, int32_t errcode)
{
    const struct row *row = find_row(call, errcode);
    return row ? row->class : CLASS_UNKNOWN;
}

struct str errcode_text(enum wechat_call call, int32_t errcode)
{
    const struct row *row = find_row(call, errcode);
    return row ? row->text : STR("not in our table");
}

bool errcode_passes(enum wechat_call call, int32_t errcode)
{
    switch (errcode_class(call, errcode)) {
    case CLASS_ACCOUNT:
    case CLASS_CODE_SPENT:
    case CLASS_CODE_EXPIRED:
    case CLASS_REFRESH_TOKEN:
    case CLASS_NOT_AUTHORIZED:
        return true;
    case CLASS_UNKNOWN:
    case CLASS_TRANSIENT:
    case CLASS_COMPONENT_TOKEN:
    case CLASS_CONFIGURATION:
    case CLASS_QUOTA:
    case CLASS_THROTTLED:
    case CLASS_MALFORMED:
        break;
    }
    return false;
}
