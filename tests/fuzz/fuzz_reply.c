/*
 * wechat_reply_decode: WeChat's reply to one of the three calls. The first line of the input has
 * the call and the HTTP status ("query_auth 200", "authorizer_token 502", "authorizer_info 200"),
 * the rest is the body. What must hold:
 *
 * - the answer is done, refused or garbled, never lost or unsent; it has the members of its kind
 *   and no others;
 * - done: tokens are printable and of a length that we accept, the calls that must return a token
 *   return one, and everything is in the arena and outlives the body;
 * - only what is garbled may act late, and that only if its status is not 200;
 * - refused: the errcode is not 0, and the request id keeps to its alphabet; garbled: there is a
 *   printable sentence, and nothing is kept;
 * - other bytes in the tokens change only the tokens: no detail and no request id quotes them;
 * - an answer that is written as a reply again is the same answer; a row made of it is announced as
 *   the contract says; its refresh token arrives unchanged in the body of the next call.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/count.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/secret.h"
#include "wire/escape.h"
#include "wire/json.h"
#include "wire/token_updated.h"
#include "wire/wechat_reply.h"
#include "wire/wechat_request.h"

enum { REWRITTEN_MAX = 64 * 1024, EVENT_BYTES_MAX = TOKEN_UPDATED_BYTES_MAX };

static const char *const call_words[] = {
    [CALL_QUERY_AUTH] = "query_auth",
    [CALL_AUTHORIZER_TOKEN] = "authorizer_token",
    [CALL_AUTHORIZER_INFO] = "authorizer_info",
};

/* What one decoding is given. */
struct reply {
    enum wechat_call call;
    long status;
    struct str body;
};

struct decoding {
    struct answer answer;
    struct arena into;
};

/* The body is gone when this returns: whatever still points into it is found by the sanitizer. */
static struct decoding decode(const struct reply *reply)
{
    struct decoding d = {.into = {.at = malloc(ROW_BYTES_MAX), .max = ROW_BYTES_MAX}};
    assert(d.into.at);
    memset(&d.answer, 0xa5, sizeof(d.answer));
    struct str body = exact_copy(reply->body);
    wechat_reply_decode(&d.answer, &d.into, reply->call, reply->status, body);
    exact_free(body);
    return d;
}

static struct reply read_reply(struct str bytes)
{
    struct str line = cut_off(&bytes, '\n');
    struct str call = cut_off(&line, ' ');
    struct reply reply = {.call = CALL_QUERY_AUTH, .status = 200, .body = bytes};
    for (size_t i = 0; i < COUNT_OF(call_words); i++)
        if (str_equal(call, str_of(call_words[i])))
            reply.call = (enum wechat_call)i;
    int64_t status = 0;
    if (str_to_int64(line, &status) && status >= 0 && status <= 999)
        reply.status = (long)status;
    return reply;
}

static void check_token(const struct decoding *d, struct str token)
{
    assert(token.len <= TOKEN_LEN_MAX);
    assert(is_plain_text(token));
    assert(lies_within(token, d->into.at, d->into.len));
}

static void check_nothing_kept(const struct answer *answer)
{
    assert(!answer->access_token.len && !answer->refresh_token.len);
    assert(!answer->scopes.at && !answer->scopes.count);
    assert(!appid_is_known(&answer->authorizer));
}

static void check_done(const struct decoding *d, enum wechat_call call)
{
    const struct answer *answer = &d->answer;
    assert(answer->errcode == 0 && answer->rid.len == 0 && !answer->detail[0]);
    check_token(d, answer->access_token);
    check_token(d, answer->refresh_token);
    struct str scopes = {(const char *)answer->scopes.at, 4 * answer->scopes.count};
    assert(answer->scopes.count <= SCOPES_MAX);
    assert(answer->scopes.at || !answer->scopes.count);
    assert(lies_within(scopes, d->into.at, d->into.len));

    struct appid again;
    bool has_appid = appid_set(&again, appid_str(&answer->authorizer));
    assert(has_appid == (call != CALL_AUTHORIZER_TOKEN));
    assert(call != CALL_AUTHORIZER_TOKEN || answer->access_token.len);
    assert(call != CALL_AUTHORIZER_INFO || !answer->access_token.len);
}

static void check_refused(const struct decoding *d)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    const struct answer *answer = &d->answer;
    assert(answer->errcode != 0 && !answer->detail[0]);
    assert(answer->rid.len <= RID_LEN_MAX);
    for (size_t i = 0; i < answer->rid.len; i++)
        assert(memchr(letters, answer->rid.at[i], sizeof(letters) - 1));
    check_nothing_kept(answer);
    assert(d->into.len == 0);
}

static void check_garbled(const struct decoding *d)
{
    assert(d->answer.errcode == 0 && d->answer.rid.len == 0);
    assert(is_sentence(d->answer.detail, sizeof(d->answer.detail)));
    check_nothing_kept(&d->answer);
    assert(d->into.len == 0);
}

static void check_kind(const struct decoding *d, const struct reply *reply)
{
    bool is_garbled = d->answer.kind == ANSWER_GARBLED;
    assert(d->answer.may_act_late == (is_garbled && reply->status != 200));
    switch (d->answer.kind) {
    case ANSWER_DONE:
        check_done(d, reply->call);
        return;
    case ANSWER_REFUSED:
        check_refused(d);
        return;
    case ANSWER_GARBLED:
        check_garbled(d);
        return;
    case ANSWER_LOST:
    case ANSWER_UNSENT:
        break;
    }
    assert(false); /* a reply that came is neither lost nor unsent */
}

static bool same_scopes(const struct scopes *a, const struct scopes *b)
{
    if (!a->at || !b->at)
        return a->at == b->at;
    return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(*a->at)) == 0;
}

static void check_same_but_tokens(const struct answer *a, const struct answer *b)
{
    assert(a->kind == b->kind && a->errcode == b->errcode && a->rid.len == b->rid.len);
    assert(memcmp(a->rid.at, b->rid.at, a->rid.len) == 0);
    assert(strcmp(a->detail, b->detail) == 0);
    assert(appid_equal(&a->authorizer, &b->authorizer));
    assert(a->access_token.len == b->access_token.len);
    assert(a->refresh_token.len == b->refresh_token.len);
    assert(a->expires_in_s == b->expires_in_s);
    assert(same_scopes(&a->scopes, &b->scopes));
}

static void check_other_tokens(const struct reply *reply, const struct decoding *d)
{
    static const char *const secrets[] = {"authorizer_access_token", "authorizer_refresh_token",
                                          NULL};
    struct reply changed = *reply;
    changed.body = exact_copy(reply->body);
    secrets_change((char *)changed.body.at, changed.body.len, secrets);
    struct decoding other = decode(&changed);
    check_same_but_tokens(&d->answer, &other.answer);
    free(other.into.at);
    exact_free(changed.body);
}

static void add_scopes(struct text *json, const struct scopes *scopes)
{
    text_add(json, STR(",\"func_info\":["));
    for (size_t i = 0; i < scopes->count; i++)
        text_format(json, "%s{\"funcscope_category\":{\"id\":%d}}", i ? "," : "", scopes->at[i]);
    text_add_char(json, ']');
}

static void add_tokens(struct text *json, const struct answer *answer)
{
    text_format(
        json, "\"expires_in\":%lld,\"authorizer_access_token\":", (long long)answer->expires_in_s);
    escape_json(json, answer->access_token);
    text_add(json, STR(",\"authorizer_refresh_token\":"));
    escape_json(json, answer->refresh_token);
}

static void rewrite(struct text *json, const struct answer *answer, enum wechat_call call)
{
    text_add_char(json, '{');
    if (call == CALL_AUTHORIZER_TOKEN) {
        add_tokens(json, answer);
        text_add(json, STR(",\"authorization_info\":{\"x\":0"));
    } else {
        text_add(json, STR("\"authorization_info\":{\"authorizer_appid\":"));
        escape_json(json, appid_str(&answer->authorizer));
        text_add_char(json, ',');
        add_tokens(json, answer);
    }
    if (answer->scopes.at)
        add_scopes(json, &answer->scopes);
    text_add(json, STR("}}"));
}

static void check_rewritten(const struct decoding *d, enum wechat_call call)
{
    static char bytes[REWRITTEN_MAX];
    struct text json = TEXT_IN(bytes);
    rewrite(&json, &d->answer, call);
    assert(!json.cut);
    struct reply reply = {.call = call, .status = 200, .body = text_str(&json)};
    struct decoding again = decode(&reply);
    check_same_but_tokens(&d->answer, &again.answer);
    assert(str_equal(d->answer.access_token, again.answer.access_token));
    assert(str_equal(d->answer.refresh_token, again.answer.refresh_token));
    free(again.into.at);
}

static void check_scopes_told(struct json_object *value, const struct scopes *scopes)
{
    struct json_object *told = json_member(value, "func_scopes");
    assert(!told == !scopes->at);
    if (!scopes->at)
        return;
    assert(json_object_array_length(told) == scopes->count);
    for (size_t i = 0; i < scopes->count; i++)
        assert(json_object_get_int(json_object_array_get_idx(told, i)) == scopes->at[i]);
}

static void check_value(struct str json, const struct authorizer *row)
{
    const char *fault = NULL;
    struct json_object *value = json_parse(json, &fault);
    assert(value);
    int64_t version = 0, expires_at = 0;
    assert(json_integer(&version, value, "version") == JSON_FOUND && version == row->version);
    enum json_found found = json_integer(&expires_at, value, "expires_at");
    bool has_expiry = row->access_token.len && row->expires_at_s;
    assert(found == (has_expiry ? JSON_FOUND : JSON_ABSENT));
    assert(!has_expiry || expires_at == row->expires_at_s);

    struct str token = {0};
    found = json_string(&token, value, "authorizer_access_token");
    assert(found == (row->access_token.len ? JSON_FOUND : JSON_ABSENT));
    assert(str_equal(token, row->access_token));
    check_scopes_told(value, &row->scopes);
    json_putp(&value);
}

static void check_announced(const struct answer *answer)
{
    struct authorizer row = {
        .authorizer = answer->authorizer,
        .version = answer->errcode + 1,
        .access_token = answer->access_token,
        .expires_at_s = answer->expires_in_s,
        .scopes = answer->scopes,
        .updated_at_us = answer->expires_in_s,
    };
    struct token_updated event = {.row = &row, .includes_access_token = true};
    assert(appid_set(&event.component, STR("wxc")));
    struct arena into = {.at = malloc(EVENT_BYTES_MAX), .max = EVENT_BYTES_MAX};
    assert(into.at);
    struct message message;
    token_updated_encode(&message, &into, &event);
    check_value(message.value, &row);
    for (size_t i = 0; i < message.header_count; i++)
        assert(message.headers[i].value.len && is_plain_text(message.headers[i].value));
    free(into.at);
}

static void check_next_call(const struct answer *answer)
{
    static char body_bytes[REQUEST_BODY_MAX], url_bytes[REQUEST_URL_MAX];
    struct text body = TEXT_IN(body_bytes), url = TEXT_IN(url_bytes);
    struct wechat_request request = {
        .call = CALL_AUTHORIZER_TOKEN,
        .component_token = answer->access_token,
        .component_appid = STR("wxc"),
        .authorizer_appid = appid_str(&answer->authorizer),
        .secret = answer->refresh_token,
    };
    wechat_request_body(&body, &request);
    wechat_request_url(&url, &request, STR("https://api.weixin.qq.com/"), STR("access_token"));
    assert(!body.cut && !url.cut);
    assert(is_plain_text(text_str(&url)) && !memchr(url.at, ' ', url.len));

    const char *fault = NULL;
    struct json_object *root = json_parse(text_str(&body), &fault);
    struct str token = {0};
    assert(root);
    assert(json_string(&token, root, "authorizer_refresh_token") == JSON_FOUND);
    assert(str_equal(token, answer->refresh_token));
    json_putp(&root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply reply = read_reply((struct str){.at = (const char *)data, .len = size});
    struct decoding d = decode(&reply);
    check_kind(&d, &reply);
    check_other_tokens(&reply, &d);
    if (d.answer.kind == ANSWER_DONE) {
        check_rewritten(&d, reply.call);
        check_announced(&d.answer);
        check_next_call(&d.answer);
    }
    free(d.into.at);
    return 0;
}
