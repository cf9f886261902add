/*
 * A call to WeChat and what came of it, as plain structs.
 *
 * The kinds of an answer are those that a worker must distinguish: success, refusal, no usable
 * answer although WeChat may have acted, and a request that surely was not sent. Source of the
 * calls' members: WeChat's pages for api_query_auth, api_authorizer_token and
 * api_get_authorizer_info.
 */
#pragma once

#include "model/authorizer.h"

enum wechat_call {
    CALL_QUERY_AUTH,       /* a code -> the authorisation, with new tokens */
    CALL_AUTHORIZER_TOKEN, /* a refresh token -> a new access token */
    CALL_AUTHORIZER_INFO, /* the inquiry: an authorizer -> its refresh token and scopes at WeChat */
};

struct wechat_request {
    enum wechat_call call;
    struct str component_token; /* secret */
    struct str component_appid;
    struct str authorizer_appid; /* AUTHORIZER_TOKEN, AUTHORIZER_INFO */
    struct str secret;           /* QUERY_AUTH: the code; AUTHORIZER_TOKEN: the refresh token */
};

enum answer_kind {
    ANSWER_DONE,    /* success as documented */
    ANSWER_REFUSED, /* an errcode other than 0 */
    ANSWER_GARBLED, /* no usable reply (5xx, empty, HTML, cut short …): WeChat may have acted */
    ANSWER_LOST,    /* no reply after sending: WeChat may have acted */
    ANSWER_UNSENT,  /* no connection: WeChat cannot have acted */
};

enum { RID_LEN_MAX = 48 };

/* WeChat's request id. WeChat can look a call up by it for seven days. len 0: none. */
struct rid {
    uint8_t len;
    char at[RID_LEN_MAX];
};

static inline struct str rid_str(const struct rid *rid)
{
    return (struct str){.at = rid->at, .len = rid->len};
}

/* Copies `view`. Returns false, and leaves *rid as it was, if the view is too long for a request
 * id. */
static inline bool rid_set(struct rid *rid, struct str view)
{
    if (view.len > RID_LEN_MAX)
        return false;
    rid->len = (uint8_t)view.len;
    if (view.len)
        memcpy(rid->at, view.at, view.len);
    return true;
}

struct answer {
    enum answer_kind kind;
    bool may_act_late; /* LOST, GARBLED: WeChat may act even after the try that follows */
    int32_t errcode;   /* REFUSED */
    struct rid rid;
    char detail[96]; /* GARBLED, LOST, UNSENT: what happened; terminated, without secrets */

    /* DONE */
    struct appid authorizer;  /* unknown in an answer to AUTHORIZER_TOKEN */
    struct str access_token;  /* secret; empty: no API permission, or AUTHORIZER_INFO */
    struct str refresh_token; /* secret; empty: none came, keep the old one */
    int64_t expires_in_s;     /* as it came; -1: none came */
    struct scopes scopes;     /* at == NULL: none came */
};

/* Returns true if the call is a refresh. Its token also serves every refresh of the authorizer that
 * waited when the call was sent. */
static inline bool wechat_call_is_refresh(enum wechat_call call)
{
    return call == CALL_AUTHORIZER_TOKEN;
}

/* Returns the name in WeChat's path and in our logs. */
static inline struct str wechat_call_name(enum wechat_call call)
{
    switch (call) {
    case CALL_QUERY_AUTH:
        return STR("api_query_auth");
    case CALL_AUTHORIZER_TOKEN:
        return STR("api_authorizer_token");
    case CALL_AUTHORIZER_INFO:
        return STR("api_get_authorizer_info");
    }
    return STR("");
}
