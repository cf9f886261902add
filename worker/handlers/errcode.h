/*
 * The meaning of an errcode as the answer to a call, looked up in the table wechat_errcodes.def.
 *
 * Each class has one consequence. Pure; the sources are in the table.
 */
#pragma once

#include "model/wechat.h"

enum errcode_class {
    CLASS_UNKNOWN,         /* backs off; never condemns */
    CLASS_TRANSIENT,       /* backs off; WeChat may have acted */
    CLASS_COMPONENT_TOKEN, /* about the component's token, never the authorizer's */
    CLASS_CONFIGURATION,   /* all calls of the component fail alike: they wait, and one probes */
    CLASS_QUOTA,           /* the component's calls of this kind wait for hours */
    CLASS_THROTTLED,       /* all calls of the component wait for a minute */
    CLASS_ACCOUNT,         /* only this account: tried again slowly, for as long as any record is */
    CLASS_CODE_SPENT,      /* of api_query_auth: an inquiry, then dead as spent */
    CLASS_CODE_EXPIRED,    /* of api_query_auth: an inquiry, then dead as expired */
    CLASS_REFRESH_TOKEN,   /* of api_authorizer_token: an inquiry */
    CLASS_NOT_AUTHORIZED,  /* the account has withdrawn: an inquiry */
    CLASS_MALFORMED,       /* our request is malformed: dead */
};

enum errcode_class errcode_class(enum wechat_call call, int32_t errcode);

/* Returns what WeChat's documents say about the errcode. */
struct str errcode_text(enum wechat_call call, int32_t errcode);

/* Returns true if a refusal with this errcode shows that no bar stops calls of this kind: WeChat
 * has looked at the account or the code. */
bool errcode_passes(enum wechat_call call, int32_t errcode);
