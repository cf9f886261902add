#include "unit/handler_case.h"

struct origin case_mine(void)
{
    return (struct origin){.topic = STR("t"), .offset = 5, .timestamp_ms = 1};
}

struct origin case_foreign(void)
{
    return (struct origin){.topic = STR("t"), .offset = 4, .timestamp_ms = 1};
}

struct work case_work(enum input_kind kind)
{
    return (struct work){
        .input = {.kind = kind,
                  .component = {.len = 1, .at = "c"},
                  .authorizer = {.len = 1, .at = "a"},
                  .version = -1,
                  .create_time_s = CREATED_S,
                  .code_expires_s = CREATED_S + 3600,
                  .code = {.at = "code", .len = 4},
                  .code_digest = {1}},
        .origin = case_mine(),
        .writer = ME,
        .wall_ms = (int64_t)CREATED_S * 1000,
        .sent_at_s = CREATED_S,
        .row = {.version = VERSION_ABSENT},
        .inquiry = {.exhausted_version = INQUIRY_NEVER},
        .call = kind == INPUT_REFRESH_DUE ? CALL_AUTHORIZER_TOKEN : CALL_QUERY_AUTH,
    };
}

void case_row(struct work *work, enum authorizer_status status, int64_t version)
{
    work->row = (struct authorizer){
        .authorizer = {.len = 1, .at = "a"},
        .status = status,
        .version = version,
        .access_token = STR("A1"),
        .refresh_token = STR("R1"),
        .writer = ANOTHER,
        .cause = case_foreign(),
    };
}

void case_answer(struct work *work, struct str access, struct str refresh, int64_t expires_in_s)
{
    work->answer = (struct answer){.kind = ANSWER_DONE,
                                   .authorizer = {.len = 1, .at = "a"},
                                   .access_token = access,
                                   .refresh_token = refresh,
                                   .expires_in_s = expires_in_s};
}

struct step case_on_row(struct work *work)
{
    return handler_of(work->input.kind)->on_row(work);
}

struct step case_on_answer(struct work *work)
{
    return handler_of(work->input.kind)->on_answer(work);
}
