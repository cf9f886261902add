#include "act.h"

#include <inttypes.h>
#include <string.h>

enum { EXPIRES_IN_S = ISSUE_LIFETIME_MS / 1000, LIST_COUNT_MAX = 500 };

/* One act in progress. */
struct act {
    struct simulator *s;
    struct call *call;
    struct terms terms;
    struct issued *issued;
};

const char *act_errmsg(int errcode)
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

void act_errcode(struct text *out, struct simulator *s, int errcode)
{
    uint64_t rid = chance_next(&s->rids);
    text_add(out, "{\"errcode\":%d,\"errmsg\":\"%s rid: %08x-%08x-%08x\"}", errcode,
             act_errmsg(errcode), (unsigned)(simulator_now_ms(s) / 1000), (unsigned)(rid >> 32),
             (unsigned)(rid & 0xffffffff));
}

static void write_scopes(struct text *out, const struct authorizer *a)
{
    text_add(out, "\"func_info\":[");
    for (size_t i = 0; a && i < a->scope_count; i++)
        text_add(out, "%s{\"funcscope_category\":{\"id\":%d}}", i ? "," : "", a->scopes[i]);
    text_add(out, "]");
}

static void write_grant(struct text *out, const struct grant *grant)
{
    if (grant->access.serial) {
        text_add(out, "\"authorizer_access_token\":\"");
        token_write(out, grant->access);
        text_add(out, "\",\"expires_in\":%d,", EXPIRES_IN_S);
    }
    text_add(out, "\"authorizer_refresh_token\":\"");
    token_write(out, grant->refresh);
    text_add(out, "\"");
}

static void write_query_auth(struct text *out, const struct authorizer *a,
                             const struct grant *grant)
{
    text_add(out, "{\"authorization_info\":{\"authorizer_appid\":\"%s\",",
             a ? a->appid : "wxnobody");
    write_grant(out, grant);
    text_add(out, ",");
    write_scopes(out, a);
    text_add(out, "}}");
}

static void write_authorizer_token(struct text *out, const struct grant *grant)
{
    text_add(out, "{");
    write_grant(out, grant);
    text_add(out, "}");
}

static void write_component_token(struct text *out, const char *token)
{
    text_add(out, "{\"component_access_token\":\"%s\",\"expires_in\":%d}", token, EXPIRES_IN_S);
}

static void write_authorizer_info(struct text *out, const struct authorizer *a,
                                  struct token refresh)
{
    const char *appid = a ? a->appid : "wxnobody";
    text_add(out,
             "{\"authorizer_info\":{\"nick_name\":\"%s\",\"service_type_info\":{\"id\":2},"
             "\"verify_type_info\":{\"id\":0},\"user_name\":\"gh_%08x\",\"alias\":\"\","
             "\"principal_name\":\"%s\",\"account_status\":1},",
             appid, (unsigned)chance_hash(appid), appid);
    text_add(out,
             "\"authorization_info\":{\"authorizer_appid\":\"%s\",\"authorizer_refresh_token\":\"",
             appid);
    token_write(out, refresh);
    text_add(out, "\",");
    write_scopes(out, a);
    text_add(out, "}}");
}

static void note_issue(const struct act *act, const struct grant *grant)
{
    struct authorizer *a = act->call->authorizer;
    if (grant->access.serial)
        *act->issued = (struct issued){&a->access, grant->access.serial, &a->record};
}

static int act_query_auth(struct text *out, const struct act *act)
{
    struct call *call = act->call;
    if (!call->code || call->authorizer->component != call->component)
        return 61009;
    if (call->code->spent)
        act->s->report.codes_exchanged_twice++;
    struct grant grant;
    int errcode = code_exchange(call->code, &grant, &act->terms);
    if (errcode)
        return errcode;
    note_issue(act, &grant);
    write_query_auth(out, call->authorizer, &grant);
    return 0;
}

static int act_authorizer_token(struct text *out, const struct act *act)
{
    struct call *call = act->call;
    if (!call->authorizer)
        return 61003;
    struct grant grant;
    int errcode = authorizer_refresh(call->authorizer, &grant, call->values[2], &act->terms);
    if (errcode)
        return errcode;
    note_issue(act, &grant);
    write_authorizer_token(out, &grant);
    return 0;
}

static int check_secret(const struct call *call)
{
    const char *secret = call->component->secret;
    return secret[0] && strcmp(secret, call->values[1]) != 0 ? 40125 : 0;
}

static int act_component_token(struct text *out, const struct act *act)
{
    struct component *c = act->call->component;
    int errcode = check_secret(act->call);
    if (errcode)
        return errcode;
    component_renew_token(c, NULL, act->call->now_ms, ISSUE_LIFETIME_MS, ISSUE_OVERLAP_MS);
    write_component_token(out, c->now.text);
    return 0;
}

static int act_start_push_ticket(struct text *out, const struct act *act)
{
    struct component *c = act->call->component;
    int errcode = check_secret(act->call);
    if (errcode)
        return errcode;
    text_add(out, "{\"errcode\":0,\"errmsg\":\"%s\"}",
             c->push == PUSH_STARTED ? "in a normal state" : "ok");
    c->push = PUSH_STARTED;
    return 0;
}

static void write_list_entry(struct text *out, const struct authorizer *a)
{
    text_add(out, "{\"authorizer_appid\":\"%s\",", a->appid);
    if (a->knowledge == REFRESH_KNOWN) {
        text_add(out, "\"refresh_token\":\"");
        token_write(out, authorizer_refresh_token(a));
        text_add(out, "\",");
    }
    text_add(out, "\"auth_time\":%" PRId64 "}", a->authorized_at_ms / 1000);
}

static int act_get_authorizer_list(struct text *out, const struct act *act)
{
    const struct call *call = act->call;
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

static int act_get_authorizer_info(struct text *out, const struct act *act)
{
    const struct authorizer *a = act->call->authorizer;
    if (!a || a->status != STATUS_AUTHORIZED)
        return 61003;
    write_authorizer_info(out, a, authorizer_refresh_token(a));
    return 0;
}

static int perform(struct text *out, const struct act *act)
{
    static int (*const acts[])(struct text *, const struct act *) = {
        [CALL_QUERY_AUTH] = act_query_auth,
        [CALL_AUTHORIZER_TOKEN] = act_authorizer_token,
        [CALL_COMPONENT_TOKEN] = act_component_token,
        [CALL_START_PUSH_TICKET] = act_start_push_ticket,
        [CALL_GET_AUTHORIZER_LIST] = act_get_authorizer_list,
        [CALL_GET_AUTHORIZER_INFO] = act_get_authorizer_info,
    };
    struct call *call = act->call;
    if (call->errcode)
        return call->errcode;
    int errcode = quota_take(&call->component->quotas[call->kind], call->now_ms);
    return errcode ? errcode : acts[call->kind](out, act);
}

void act_call(struct text *out, struct issued *issued, struct simulator *s, struct call *call,
              struct lengths lengths)
{
    struct act act = {
        .s = s,
        .call = call,
        .issued = issued,
        .terms =
            {
                .now_ms = call->now_ms,
                .rotation = s->world.rotation,
                .replay = call->component ? call->component->replay : s->world.replay,
                .access_len = lengths.access,
                .refresh_len = lengths.refresh,
            },
    };
    int errcode = perform(out, &act);
    if (errcode == 0)
        return;
    act_errcode(out, s, errcode);
    report_refused(&s->report, errcode);
}

void act_impostor(struct text *out, const struct call *call)
{
    struct grant grant = {
        .access = {.kind = TOKEN_ACCESS, .serial = UINT64_MAX},
        .refresh = {.kind = TOKEN_REFRESH, .serial = UINT64_MAX},
    };
    switch (call->kind) {
    case CALL_QUERY_AUTH:
        write_query_auth(out, call->authorizer, &grant);
        return;
    case CALL_AUTHORIZER_TOKEN:
        write_authorizer_token(out, &grant);
        return;
    case CALL_GET_AUTHORIZER_INFO:
        write_authorizer_info(out, call->authorizer, grant.refresh);
        return;
    case CALL_COMPONENT_TOKEN:
        write_component_token(out, "68_nobody");
        return;
    case CALL_GET_AUTHORIZER_LIST:
        text_add(out, "{\"total_count\":0,\"list\":[]}");
        return;
    case CALL_START_PUSH_TICKET:
        text_add(out, "{\"errcode\":0,\"errmsg\":\"ok\"}");
        return;
    case CALL_KINDS:
        return;
    }
}
