/*
 * What an errcode means as the answer to a call: the table wechat_errcodes.def, looked up.
 *
 * Each class has one consequence. Pure; sources are in the table.
 */
#pragma once

#include "model/wechat.h"

enum errcode_class {
    CLASS_UNKNOWN,         /* backs off; never condemns */
    CLASS_TRANSIENT,       /* backs off; WeChat may have acted */
    CLASS_COMPONENT_TOKEN, /* the component's token, never the authorizer's */
    CLASS_CONFIGURATION,   /* every call of the component fails alike: they wait, one probes */
    CLASS_QUOTA,           /* such calls of the component wait for hours */
    CLASS_THROTTLED,       /* all calls wait for a minute */
    CLASS_ACCOUNT,         /* this account alone: tried again slowly, as long as any record */
    CLASS_CODE_SPENT,      /* of api_query_auth: asked back, then dead as spent */
    CLASS_CODE_EXPIRED,    /* of api_query_auth: asked back, then dead as expired */
    CLASS_REFRESH_TOKEN,   /* of api_authorizer_token: asked back */
    CLASS_NOT_AUTHORIZED,  /* the account has withdrawn */
    CLASS_MALFORMED,       /* our request is malformed: dead */
};

enum errcode_class errcode_class(enum wechat_call call, int32_t errcode);

/* What WeChat's documents say of it. */
struct str errcode_text(enum wechat_call call, int32_t errcode);

/* Returns true if a refusal with it shows that nothing stands in the way of such calls: WeChat has looked at the account or
 * the code. */
bool errcode_passes(enum wechat_call call, int32_t errcode);
