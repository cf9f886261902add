/*
 * The simulator's control API, with WeChat's calls in between. The input is requests, one per line:
 *
 *     POST /simulator/component {"component_appid":"wxc","component_access_token":"T"}
 *     POST /cgi-bin/component/api_query_auth?T {"component_appid":"wxc","authorization_code":"C"}
 *
 * What must hold:
 *
 * - a control request is carried out (200) or refused (4xx) with {"error":"why"}. A refused request
 *   has changed nothing: accounts, codes, faults, quotas, latency and clock are as before;
 * - JSON output is valid whatever names and texts went in; output by lines is valid in each line;
 * - a call is answered with 200 and a JSON object as long as no fault is scripted;
 * - the report, the tokens and the secrets can be read at any time.
 *
 * Inputs that would only cost time and memory are skipped: thousands of authorizers, bodies of
 * megabytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "fuzz/fuzz.h"
#include "fuzz/grammar.h"
#include "simulator/control.h"

enum { REQUESTS_MAX = 32, AUTHORIZERS_DIGITS_MAX = 2, FAULTS_DIGITS_MAX = 5 };

/* One line taken apart; all but the body is terminated and freed with it. */
struct line {
    char *words; /* the method, and what path and token point into */
    char *path;
    char *token; /* NULL: none */
    struct str body;
};

static struct line read_line(struct str text)
{
    struct str rest = text;
    struct str method = cut_off(&rest, ' ');
    struct str target = cut_off(&rest, ' ');
    size_t len = method.len + target.len + 2;
    struct line line = {.words = calloc(1, len), .body = exact_copy(rest)};
    assert(line.words);
    memcpy(line.words, method.at, method.len);
    line.path = line.words + method.len + 1;
    memcpy(line.path, target.at, target.len);
    line.token = strchr(line.path, '?');
    if (line.token)
        *line.token++ = '\0';
    return line;
}

static void line_done(struct line *line)
{
    free(line->words);
    exact_free(line->body);
}

static bool has_long_number(struct str text, size_t digits_max)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        digits = text.at[i] >= '0' && text.at[i] <= '9' ? digits + 1 : 0;
        if (digits > digits_max)
            return true;
    }
    return false;
}

static bool is_costly(const struct line *line)
{
    if (strcmp(line->path, "/simulator/authorizers") == 0)
        return has_long_number(line->body, AUTHORIZERS_DIGITS_MAX);
    return strcmp(line->path, "/simulator/faults") == 0 &&
           has_long_number(line->body, FAULTS_DIGITS_MAX);
}

static struct request request_of(const struct line *line)
{
    return (struct request){
        .method = line->words,
        .path = line->path,
        .access_token = line->token ? line->token : "",
        .access_tokens = line->token != NULL,
        .content_length = "1",
        .body = line->body.at,
        .body_len = line->body.len,
    };
}

static struct str body_of(const struct reply *reply)
{
    return (struct str){.at = reply->body.at ? reply->body.at : "", .len = reply->body.len};
}

static void check_json(struct str text)
{
    struct grammar_opinion opinion = grammar_judge(text);
    assert(opinion.is_object);
}

static void check_done(const struct reply *reply)
{
    struct str body = body_of(reply);
    if (strcmp(reply->content_type, "application/json") == 0)
        check_json(body);
    if (strcmp(reply->content_type, "application/x-ndjson") != 0)
        return;
    while (body.len)
        check_json(cut_off(&body, '\n'));
}

static void check_refusal(const struct reply *reply)
{
    struct str body = body_of(reply);
    assert(reply->status == 400 || reply->status == 404 || reply->status == 405);
    check_json(body);
    assert(str_starts_with(body, STR("{\"error\":\"")) &&
           body.len > sizeof("{\"error\":\"\"}") - 1);
}

/* Whether a refused request left everything as it was. */
static void check_unchanged(const struct simulator *before, const struct simulator *after)
{
    assert(before->world.component_count == after->world.component_count);
    assert(before->world.authorizers.count == after->world.authorizers.count);
    assert(before->world.codes.count == after->world.codes.count);
    assert(before->faults.count == after->faults.count);
    assert(before->latency_ms == after->latency_ms && before->jitter_ms == after->jitter_ms);
    assert(memcmp(&before->clock, &after->clock, sizeof(after->clock)) == 0);
}

static void control(struct simulator *s, const struct request *request)
{
    struct simulator before = *s;
    struct reply reply;
    control_answer(&reply, s, request);
    assert(reply.way == REPLY_WHOLE);
    if (reply.status == 200) {
        check_done(&reply);
    } else {
        check_refusal(&reply);
        check_unchanged(&before, s);
    }
    text_done(&reply.body);
}

static void call(struct simulator *s, const struct request *request, enum call_kind kind)
{
    struct call call;
    struct reply reply = {.status = 0};
    call_read(&call, s, kind, request);
    answer_call(&reply, s, &call);
    if (s->faults.count == 0) {
        assert(reply.way == REPLY_WHOLE && reply.status == 200);
        check_json(body_of(&reply));
    }
    text_done(&reply.body);
    call_done(&call);
}

static void run(struct simulator *s, const struct line *line)
{
    static const char folder[] = "/cgi-bin/component/";
    struct request request = request_of(line);
    late_acts_run(s);
    if (control_has_path(line->path)) {
        control(s, &request);
        return;
    }
    if (strncmp(line->path, folder, strlen(folder)) != 0)
        return;
    enum call_kind kind = call_kind_find(line->path + strlen(folder));
    if (kind != CALL_KINDS)
        call(s, &request, kind);
}

static void read_all(struct simulator *s)
{
    static const char *const paths[] = {"/simulator/report", "/simulator/tokens",
                                        "/simulator/secrets"};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        control(s, &(struct request){.method = "GET", .path = paths[i], .body = ""});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct simulator *s = simulator_new(1, REFRESH_ROTATES, 0);
    struct str rest = {.at = (const char *)data, .len = size};
    for (int i = 0; i < REQUESTS_MAX && rest.len; i++) {
        struct line line = read_line(cut_off(&rest, '\n'));
        if (!is_costly(&line))
            run(s, &line);
        line_done(&line);
    }
    read_all(s);
    simulator_free(s);
    return 0;
}
