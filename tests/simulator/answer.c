#include "answer.h"

#include "base/count.h"
#include "blemish.h"
#include "json_edit.h"

enum { TIMEOUT_MS = 30000, HEAD_LEN = 120 /* of a reply, about */ };

static const char usual_type[] = "application/json; encoding=utf-8";

/* How a reply travels under a fault; what is 0 is as usual. */
struct carriage {
    enum reply_way way;
    unsigned status;
    const char *content_type; /* "": none */
};

static const struct carriage carriages[FAULT_KINDS] = {
    [FAULT_HTTP] = {.content_type = "text/html"},
    [FAULT_HTML] = {.content_type = "text/html"},
    [FAULT_RESET_BEFORE] = {.way = REPLY_RESET},
    [FAULT_RESET_AFTER] = {.way = REPLY_RESET},
    [FAULT_RESET_AT] = {.way = REPLY_RESET_AT},
    [FAULT_TIMEOUT] = {.way = REPLY_NEVER},
    [FAULT_TIMEOUT_AFTER] = {.way = REPLY_NEVER},
    [FAULT_TRUNCATED] = {.way = REPLY_PART},
    [FAULT_CREATED] = {.status = 201},
    [FAULT_PLAIN_TEXT] = {.content_type = "text/plain"},
    [FAULT_HTML_TYPE] = {.content_type = "text/html; charset=gbk"},
    [FAULT_NO_TYPE] = {.content_type = ""},
};

static void carry(struct reply *reply, const struct fault *fault)
{
    const struct carriage *carriage = &carriages[fault->kind];
    reply->way = carriage->way;
    if (fault->kind == FAULT_HTTP)
        reply->status = fault->status;
    if (carriage->status)
        reply->status = carriage->status;
    if (carriage->content_type)
        reply->content_type = carriage->content_type[0] ? carriage->content_type : NULL;
    if (fault->kind == FAULT_RESET_BEFORE)
        reply->delay_ms = 0;
    if (carriage->way == REPLY_NEVER)
        reply->delay_ms = TIMEOUT_MS;
}

/* A body that is truncated ends in its middle unless the script, or a group's draw, says where. */
static size_t part_of(const struct reply *reply, const struct fault *fault, struct chance *chance)
{
    if (fault->at >= 0)
        return (size_t)fault->at;
    if (fault->kind == FAULT_TRUNCATED && !fault->is_drawn)
        return reply->body.len / 2;
    size_t head_len = reply->way == REPLY_RESET_AT ? HEAD_LEN : 0;
    return (size_t)chance_below(chance, reply->body.len + head_len);
}

static struct lengths lengths_of(const struct fault *fault, struct chance *chance)
{
    static const uint32_t edges[] = {1, 512, 4096};
    bool of_access = fault->kind == FAULT_TOKEN_LENGTH;
    bool of_refresh = fault->kind == FAULT_REFRESH_TOKEN_LENGTH;
    if (!of_access && !of_refresh)
        return (struct lengths){0};
    uint32_t len = (uint32_t)fault->size;
    if (fault->size < 0)
        len = edges[chance_below(chance, COUNT_OF(edges))];
    return (struct lengths){.access = of_access ? len : 0, .refresh = of_refresh ? len : 0};
}

static void answer_by_script(struct reply *reply, struct simulator *s, const struct fault *fault)
{
    act_errcode(&reply->body, s, fault->errcode);
    report_scripted(&s->report, fault->errcode);
    if (fault->errcode_is_text)
        json_edit_quote_numbers(&reply->body);
}

/* Puts the act off. What arrives has nothing of it. */
static void act_later(struct simulator *s, struct call *call, const struct fault *fault)
{
    int64_t jitter_us = fault->acts_jitter_ms * 1000;
    int64_t at_us = (call->now_ms + fault->acts_after_ms) * 1000;
    at_us += (int64_t)chance_below(&s->faults.chance, (uint64_t)jitter_us + 1);
    late_acts_add(&s->late, call, at_us);
}

static void befall(struct reply *reply, struct simulator *s, struct call *call,
                   const struct fault *fault)
{
    struct chance *chance = &s->faults.chance;
    if (fault->kind == FAULT_ERRCODE)
        answer_by_script(reply, s, fault);
    else if (fault->acts_after_ms >= 0)
        act_later(s, call, fault);
    else if (fault->act == ACT_ALWAYS)
        act_call(&reply->body, &reply->issued, s, call, lengths_of(fault, chance));
    else
        act_impostor(&reply->body, call);
    blemish_apply(&reply->body, fault, chance);
    carry(reply, fault);
    if (reply->way == REPLY_PART || reply->way == REPLY_RESET_AT)
        reply->part_len = part_of(reply, fault, chance);
    if (fault->group != GROUP_ODD)
        reply->delivery = DELIVERY_SPOILT;
}

void answer_call(struct reply *reply, struct simulator *s, struct call *call)
{
    *reply = (struct reply){
        .status = 200,
        .content_type = usual_type,
        .delay_ms = simulator_draw_latency_ms(s),
        .delivery = DELIVERY_DELIVERED,
    };
    const char *authorizer_appid = call->authorizer ? call->authorizer->appid : "";
    struct fault fault;
    if (!faults_pick(&s->faults, &fault, call->kind, authorizer_appid)) {
        act_call(&reply->body, &reply->issued, s, call, (struct lengths){0});
        return;
    }
    report_fault(&s->report, fault.kind);
    befall(reply, s, call, &fault);
}

void answer_unknown_path(struct reply *reply, struct simulator *s, const char *path)
{
    *reply = (struct reply){.status = 200, .content_type = usual_type};
    report_undocumented(&s->report, "unknown path \"%.100s\"", path);
    report_refused(&s->report, 40066);
    act_errcode(&reply->body, s, 40066);
}
