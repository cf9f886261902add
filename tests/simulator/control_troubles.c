#include <inttypes.h>
#include <string.h>

#include "base/count.h"
#include "control_input.h"
#include "control_routes.h"

enum { ADVANCE_S_MAX = 10 * 366 * 86400 };

bool control_add_fault(struct simulator *s, struct text *out, struct json_object *in,
                       struct text *error)
{
    struct fault fault;
    if (!input_fault(&fault, in, error))
        return false;
    if (!faults_add(&s->faults, &fault)) {
        text_add(error, "there are %d faults already", FAULTS_MAX);
        return false;
    }
    text_add(out, "{\"faults\":%zu}", s->faults.count);
    return true;
}

bool control_clear_faults(struct simulator *s, struct text *out, struct json_object *in,
                          struct text *error)
{
    (void)in;
    (void)error;
    faults_clear(&s->faults);
    text_add(out, "{\"faults\":0}");
    return true;
}

bool control_latency(struct simulator *s, struct text *out, struct json_object *in,
                     struct text *error)
{
    int64_t latency_ms = s->latency_ms;
    int64_t jitter_ms = 0;
    if (!input_number(&latency_ms, in, "ms", (struct range){0, 60000}, error) ||
        !input_number(&jitter_ms, in, "jitter_ms", (struct range){0, 60000}, error))
        return false;
    s->latency_ms = latency_ms;
    s->jitter_ms = jitter_ms;
    text_add(out, "{\"ms\":%" PRId64 ",\"jitter_ms\":%" PRId64 "}", latency_ms, jitter_ms);
    return true;
}

/* Reads the time that is asked for: `now` or else the present time, plus what it is advanced by. */
static bool read_time(int64_t *now_ms, struct json_object *in, struct text *error)
{
    int64_t now_s = *now_ms / 1000;
    int64_t advance_s = 0;
    if (!input_number(&now_s, in, "now", (struct range){now_s, NOW_S_MAX}, error) ||
        !input_number(&advance_s, in, "advance_s", (struct range){0, ADVANCE_S_MAX}, error) ||
        !input_duration(&advance_s, in, "advance", ADVANCE_S_MAX, error))
        return false;
    if (json_object_object_get(in, "now"))
        *now_ms = now_s * 1000;
    *now_ms += advance_s * 1000;
    return true;
}

bool control_clock(struct simulator *s, struct text *out, struct json_object *in,
                   struct text *error)
{
    int64_t now_ms = simulator_now_ms(s);
    bool is_stopped = simulator_clock_stands(s);
    if (!read_time(&now_ms, in, error) || !input_flag(&is_stopped, in, "stopped", error))
        return false;
    if (is_stopped)
        simulator_stop_clock(s, now_ms);
    else
        simulator_run_clock(s, now_ms);
    text_add(out, "{\"now\":%" PRId64 ",\"stopped\":%s}", now_ms / 1000,
             is_stopped ? "true" : "false");
    return true;
}

/* What is asked of a quota. */
struct quota_change {
    int64_t limits[QUOTA_SPANS]; /* -1: none */
    bool is_set[QUOTA_SPANS];    /* else: as it is */
    bool clear;
};

static bool read_quota(struct quota_change *change, struct json_object *in, struct text *error)
{
    return input_limit(&change->limits[QUOTA_DAY], &change->is_set[QUOTA_DAY], in, "per_day",
                       error) &&
           input_limit(&change->limits[QUOTA_MINUTE], &change->is_set[QUOTA_MINUTE], in,
                       "per_minute", error) &&
           input_flag(&change->clear, in, "clear", error);
}

static void change_quota(struct quota *quota, const struct quota_change *change)
{
    for (unsigned span = 0; span < QUOTA_SPANS; span++)
        if (change->is_set[span])
            quota_limit(quota, (enum quota_span)span, change->limits[span]);
    if (change->clear)
        quota_clear(quota);
}

bool control_quota(struct simulator *s, struct text *out, struct json_object *in,
                   struct text *error)
{
    struct component *c = NULL;
    enum call_kind call = CALL_KINDS;
    struct quota_change change = {0};
    if (!input_component(&c, in, s, error) || !input_call(&call, in, error) ||
        !read_quota(&change, in, error))
        return false;

    text_add(out, "{\"component_appid\":\"%s\",\"quotas\":[", c->appid);
    const char *comma = "";
    for (unsigned kind = 0; kind < CALL_KINDS; kind++) {
        if (call != CALL_KINDS && call != kind)
            continue;
        change_quota(&c->quotas[kind], &change);
        text_add(out, "%s{\"call\":\"%s\",", comma, call_spec((enum call_kind)kind)->name);
        quota_write(&c->quotas[kind], out, simulator_now_ms(s));
        text_add(out, "}");
        comma = ",";
    }
    text_add(out, "]}");
    return true;
}

static bool read_rule(enum replay *rule, const char **name, struct json_object *in,
                      struct text *error)
{
    static const char *const names[] = {
        [REPLAY_REFUSED] = "refused",
        [REPLAY_NEW_ACCESS] = "new_access_token",
        [REPLAY_NEW_PAIR] = "new_token_pair",
    };
    const char *given = "";
    if (!input_text(&given, in, "rule", 64, error))
        return false;
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i], given) != 0)
            continue;
        *rule = (enum replay)i;
        *name = names[i];
        return true;
    }
    text_add(error, "member \"rule\" must be refused, new_access_token or new_token_pair");
    return false;
}

bool control_replay(struct simulator *s, struct text *out, struct json_object *in,
                    struct text *error)
{
    struct component *only = NULL;
    enum replay rule = REPLAY_REFUSED;
    const char *name = NULL;
    if (!read_rule(&rule, &name, in, error))
        return false;
    if (json_object_object_get(in, "component_appid") && !input_component(&only, in, s, error))
        return false;
    if (!only)
        s->world.replay = rule;
    for (size_t i = 0; i < s->world.component_count; i++)
        if (!only || s->world.components[i] == only)
            s->world.components[i]->replay = rule;
    text_add(out, "{\"rule\":\"%s\"}", name);
    return true;
}
