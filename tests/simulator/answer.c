#include "answer.h"

#include <inttypes.h>
#include <string.h>

enum { EXPIRES_IN_S = ISSUE_LIFETIME_MS / 1000, TIMEOUT_MS = 30000, LIST_COUNT_MAX = 500 };

#define GATEWAY_PAGE                                                                               \
    "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"

static const char *text_of_errcode(int errcode)
{
    switch (errcode) {
#define ERRCODE(number, text)                                                                      \
    case number:                                                                                   \
        return text;
#include "errcodes.def"
#undef ERRCODE
    default:
        return "unknown error";
    }
}

void answer_errcode(struct text *out, struct simulator *s, int errcode)
{
    uint64_t rid = chance_next(&s->rids);
    text_add(out, "{\"errcode\":%d,\"errmsg\":\"%s rid: %08x-%08x-%08x\"}", errcode,
             text_of_errcode(errcode), (unsigned)(simulator_now_ms(s) / 1000),
             (unsigned)(rid >> 32), (unsigned)(rid & 0xffffffff));
}

static void write_scopes(struct text *out, const struct authorizer *a)
{
    text_add(out, "\"func_info\":[");
    for (size_t i = 0; i < a->scope_count; i++)
        text_add(out, "%s{\"funcscope_category\":{\"id\":%d}}", i ? "," : "", a->scopes[i]);
    text_add(out, "]");
}

static void write_access_token(struct text *out, const struct grant *grant)
{
    if (grant->access.text[0])
        text_add(out, "\"authorizer_access_token\":\"%s\",\"expires_in\":%d,", grant->access.text,
                 EXPIRES_IN_S);
}

static int act_query_auth(struct simulator *s, struct text *out, const struct call *call)
{
    if (!call->code || call->authorizer->component != call->component)
        return 61009;
    if (call->code->spent)
        s->report.codes_exchanged_twice++;
    struct grant grant;
    int errcode = code_exchange(call->code, &grant, s->world.rotation, call->now_ms);
    if (errcode)
        return errcode;

    text_add(out, "{\"authorization_info\":{\"authorizer_appid\":\"%s\",", call->authorizer->appid);
    write_access_token(out, &grant);
    text_add(out, "\"authorizer_refresh_token\":\"%s\",", grant.refresh.text);
    write_scopes(out, call->authorizer);
    text_add(out, "}}");
    return 0;
}

static int act_authorizer_token(struct simulator *s, struct text *out, const struct call *call)
{
    if (!call->authorizer)
        return 61003;
    struct grant grant;
    int errcode = authorizer_refresh(call->authorizer, &grant, call->values[2], s->world.rotation,
                                     call->now_ms);
    if (errcode)
        return errcode;

    text_add(out, "{");
    write_access_token(out, &grant);
    text_add(out, "\"authorizer_refresh_token\":\"%s\"}", grant.refresh.text);
    return 0;
}

static int act_component_token(struct simulator *s, struct text *out, const struct call *call)
{
    (void)s;
    struct component *c = call->component;
    if (c->secret[0] && strcmp(c->secret, call->values[1]) != 0)
        return 40125;
    component_renew_token(c, NULL, call->now_ms, ISSUE_LIFETIME_MS, ISSUE_OVERLAP_MS);
    text_add(out, "{\"component_access_token\":\"%s\",\"expires_in\":%d}", c->now.text,
             EXPIRES_IN_S);
    return 0;
}

static void write_list_entry(struct text *out, const struct authorizer *a)
{
    text_add(out, "{\"authorizer_appid\":\"%s\",", a->appid);
    if (a->knowledge == REFRESH_KNOWN)
        text_add(out, "\"refresh_token\":\"%s\",", authorizer_refresh_token(a).text);
    text_add(out, "\"auth_time\":%" PRId64 "}", a->authorized_at_ms / 1000);
}

static int act_get_authorizer_list(struct simulator *s, struct text *out, const struct call *call)
{
    (void)s;
    int64_t offset = call_number(call, "offset");
    int64_t count = call_number(call, "count");
    if (offset < 0 || count < 1 || count > LIST_COUNT_MAX)
        return 40097;

    struct text list = {0};
    int64_t total = 0;
    for (size_t i = 0; i < call->component->authorizer_count; i++) {
        const struct authorizer *a = call->component->authorizers[i];
        if (a->status != STATUS_AUTHORIZED)
            continue;
        int64_t at = total++ - offset;
        if (at < 0 || at >= count)
            continue;
        text_add(&list, "%s", at ? "," : "");
        write_list_entry(&list, a);
    }
    text_add(out, "{\"total_count\":%" PRId64 ",\"list\":[%s]}", total, list.at ? list.at : "");
    text_done(&list);
    return 0;
}

static int act_get_authorizer_info(struct simulator *s, struct text *out, const struct call *call)
{
    (void)s;
    const struct authorizer *a = call->authorizer;
    if (!a || a->status != STATUS_AUTHORIZED)
        return 61003;
    text_add(out,
             "{\"authorizer_info\":{\"nick_name\":\"%s\",\"service_type_info\":{\"id\":2},"
             "\"verify_type_info\":{\"id\":0},\"user_name\":\"gh_%08x\",\"alias\":\"\","
             "\"principal_name\":\"%s\",\"account_status\":1},",
             a->appid, (unsigned)(a->origin & 0xffffffff), a->appid);
    text_add(out,
             "\"authorization_info\":{\"authorizer_appid\":\"%s\","
             "\"authorizer_refresh_token\":\"%s\",",
             a->appid, authorizer_refresh_token(a).text);
    write_scopes(out, a);
    text_add(out, "}}");
    return 0;
}

static void act(struct text *out, struct simulator *s, const struct call *call)
{
    static int (*const acts[])(struct simulator *, struct text *, const struct call *) = {
        [CALL_QUERY_AUTH] = act_query_auth,
        [CALL_AUTHORIZER_TOKEN] = act_authorizer_token,
        [CALL_COMPONENT_TOKEN] = act_component_token,
        [CALL_GET_AUTHORIZER_LIST] = act_get_authorizer_list,
        [CALL_GET_AUTHORIZER_INFO] = act_get_authorizer_info,
    };
    int errcode = call->errcode ? call->errcode : acts[call->kind](s, out, call);
    if (errcode == 0)
        return;
    answer_errcode(out, s, errcode);
    report_refused(&s->report, errcode);
}

/* A success that never was: its tokens were not issued, so whoever stores them is found out. */
static void write_impostor(struct text *out)
{
    text_add(out, "{\"authorizer_access_token\":\"%s\",\"expires_in\":%d,",
             token_make(TOKEN_ACCESS, 0, 0).text, EXPIRES_IN_S);
    text_add(out, "\"authorizer_refresh_token\":\"%s\"}", token_make(TOKEN_REFRESH, 0, 0).text);
}

static void befall(struct reply *reply, struct simulator *s, const struct call *call,
                   const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_ERRCODE:
        answer_errcode(&reply->body, s, fault->errcode);
        return;
    case FAULT_HTTP:
        reply->status = fault->status;
        __attribute__((fallthrough));
    case FAULT_HTML:
        reply->content_type = "text/html";
        text_add(&reply->body, GATEWAY_PAGE);
        return;
    case FAULT_NOT_JSON:
        text_add(&reply->body, "{\"authorizer_access_token\": oops");
        return;
    case FAULT_TRUNCATED:
        reply->way = REPLY_HALF;
        write_impostor(&reply->body);
        return;
    case FAULT_RESET_BEFORE:
        reply->way = REPLY_RESET;
        reply->delay_ms = 0;
        return;
    case FAULT_RESET_AFTER:
        reply->way = REPLY_RESET;
        act(&reply->body, s, call);
        return;
    case FAULT_TIMEOUT_AFTER:
        act(&reply->body, s, call);
        __attribute__((fallthrough));
    case FAULT_TIMEOUT:
        reply->way = REPLY_NEVER;
        reply->delay_ms = TIMEOUT_MS;
        return;
    case FAULT_EMPTY:
    case FAULT_KINDS:
        return;
    }
}

void answer_call(struct reply *reply, struct simulator *s, struct call *call)
{
    *reply = (struct reply){
        .status = 200,
        .content_type = "application/json; encoding=utf-8",
        .delay_ms = simulator_draw_latency_ms(s),
    };
    const char *authorizer_appid = call->authorizer ? call->authorizer->appid : "";
    const struct fault *fault = faults_pick(&s->faults, call->kind, authorizer_appid);
    if (!fault) {
        act(&reply->body, s, call);
        return;
    }
    s->report.faults++;
    befall(reply, s, call, fault);
}
