#include "sim/storm_parts.h"

enum { ASK_AGAIN_MS = 60000 };

static void note_told(const struct storm *storm, struct storm_book *book, struct str told)
{
    bool is_another = !str_is_empty(told) && !str_equal(told, str_of(book->refused));
    if (is_another)
        book->vain_since_ms = 0;
    else if (!book->vain_since_ms)
        book->vain_since_ms = storm->world.now_ms;
}

static void note_success(struct storm_book *book, const struct answer *answer, const char *sent)
{
    bool has_told = !str_is_empty(answer->refresh_token);
    struct str brought = has_told ? answer->refresh_token : str_of(sent);
    (void)snprintf(book->brought, sizeof(book->brought), "%.*s", STR_ARGS(brought));
    book->vain_since_ms = 0;
}

/* Notes what the job has learnt from WeChat. A lost answer has taught it nothing. */
void judge_told(const struct storm *storm, struct storm_book *book,
                const struct storm_errand *errand)
{
    const struct answer *answer = &errand->answer;
    enum wechat_call call = errand->job->work.call;
    book->errcode = answer->kind == ANSWER_REFUSED ? answer->errcode : 0;
    if (call == CALL_AUTHORIZER_INFO && book->errcode == 61003)
        note_told(storm, book, (struct str){0});
    if (call != CALL_AUTHORIZER_INFO && book->errcode)
        book->call_errcode = book->errcode;
    if (call == CALL_AUTHORIZER_TOKEN && book->errcode == 61023)
        memcpy(book->refused, errand->secret, WORLD_NAME_MAX);
    if (answer->kind != ANSWER_DONE)
        return;
    if (call == CALL_AUTHORIZER_INFO)
        note_told(storm, book, answer->refresh_token);
    else
        note_success(book, answer, errand->secret);
}

/* WeChat has told the job no token but the one it refuses, and still does after a minute. */
static bool has_asked_in_vain(const struct storm *storm, const struct storm_book *book)
{
    return book->vain_since_ms && storm->world.now_ms - book->vain_since_ms >= ASK_AGAIN_MS;
}

static bool is_of_withdrawal(const struct storm *storm, const struct origin *origin)
{
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        const struct world_partition *partition = &storm->world.partitions[i];
        const struct world_record *record = &partition->records[origin->offset];
        if (origin->offset < (int64_t)partition->record_count &&
            origin_equal(&record->record.origin, origin))
            return record->input.kind == INPUT_AUTHORIZATION_CHANGED &&
                   record->input.info_type == INFO_UNAUTHORIZED;
    }
    return false;
}

/* A row loses its authorisation by WeChat's word alone. */
void judge_status(struct storm *storm, const struct storm_book *book, const struct change *change)
{
    switch (change->status) {
    case STATUS_AUTHORIZED:
        if (change->access_token.at && !str_equal(change->refresh_token, str_of(book->brought)))
            judge_fail(storm, "wrote another refresh token than its access token came with");
        return;
    case STATUS_UNAUTHORIZED:
        if (is_of_withdrawal(storm, &change->cause))
            return;
        if (book->errcode != 61003 && book->call_errcode != 61003)
            judge_fail(storm, "unauthorized, and WeChat does not say so");
        if (!has_asked_in_vain(storm, book))
            judge_fail(storm, "a withdrawal is believed before asking again after a minute");
        return;
    case STATUS_REAUTHORIZATION_REQUIRED:
        if (!has_asked_in_vain(storm, book))
            judge_fail(storm, "condemned before asking in vain for a minute");
        return;
    }
}

void judge_excuse(struct storm *storm, const struct world_account *account)
{
    if (account)
        storm->is_excused[account - storm->world.accounts] = true;
}

static const struct world_code *code_of(const struct storm *storm, const struct job *job)
{
    for (size_t i = 0; i < storm->world.code_count; i++) {
        const struct world_code *code = &storm->world.codes[i];
        if (str_equal(str_of(code->code), job->work.input.code))
            return code;
    }
    return NULL;
}

/* A code that is spent is given up only where WeChat tells no token that it brought, or nobody
 * knows whom to ask about. */
static void judge_dead_code(struct storm *storm, const struct storm_book *book,
                            const struct job *job)
{
    const struct world_code *code = code_of(storm, job);
    bool is_spent = job->dead.reason == DEAD_CODE_SPENT || code->is_spent;
    bool has_expired = storm->world.now_ms >= code->expires_at_ms;
    if (appid_is_known(&job->work.input.authorizer) && is_spent) {
        if (!has_asked_in_vain(storm, book))
            judge_fail(storm, "a spent code is given up before asking in vain for a minute");
        return;
    }
    if (!is_spent && !has_expired && code->account->is_authorized)
        judge_fail(storm, "a good code is given up");
    judge_excuse(storm, code->account);
}

void judge_dead_letter(struct storm *storm, const struct storm_book *book, const struct job *job)
{
    const struct input *input = &job->work.input;
    if (job->dead.reason == DEAD_CODE_SPENT || job->dead.reason == DEAD_CODE_EXPIRED) {
        judge_dead_code(storm, book, job);
        return;
    }
    if (!str_is_empty(input->code))
        judge_excuse(storm, code_of(storm, job)->account);
    judge_excuse(storm, world_find_account(&storm->world, appid_str(&input->authorizer)));
}

/* WeChat has tokens for it and honours them. */
static bool is_alive(const struct world_account *account)
{
    return account->is_authorized && account->is_exchanged && !account->is_broken;
}

static void judge_account(struct storm *storm, const struct world_account *account)
{
    struct str name = appid_str(&account->appid);
    const struct world_row *row = world_find_row(&storm->world, name);
    int64_t authorized_at_s = storm->authorized_at_s[account - storm->world.accounts];
    if (!row)
        judge_fail(storm, "%.*s lives and has no row", STR_ARGS(name));
    else if (row->row.status == STATUS_REAUTHORIZATION_REQUIRED)
        judge_fail(storm, "%.*s lives and stays condemned", STR_ARGS(name));
    else if (row->row.status == STATUS_UNAUTHORIZED && row->row.authorized_at_s < authorized_at_s)
        judge_fail(storm, "%.*s lives and stays unauthorized", STR_ARGS(name));
}

/* Whoever lives at WeChat lives in the database, unless a withdrawal of the same second says
 * otherwise. */
void judge_accounts(struct storm *storm)
{
    for (size_t i = 0; i < storm->world.account_count; i++) {
        const struct world_account *account = &storm->world.accounts[i];
        if (is_alive(account) && !storm->is_excused[i])
            judge_account(storm, account);
    }
}

/* The row of an account that lives holds WeChat's last token, but for the accounts that are
 * excused. */
void judge_tokens(struct storm *storm)
{
    struct world *world = &storm->world;
    for (size_t i = 0; i < world->account_count; i++) {
        const struct world_account *account = &world->accounts[i];
        const struct world_row *row = world_find_row(world, appid_str(&account->appid));
        if (!row || row->row.status != STATUS_AUTHORIZED || !row->row.access_token.at ||
            !is_alive(account) || storm->is_excused[i] || !account->last_access_token[0])
            continue;
        if (!str_equal(row->row.access_token, str_of(account->last_access_token)))
            judge_fail(storm, "%.*s holds %.*s, WeChat issued %s last",
                       STR_ARGS(appid_str(&account->appid)), STR_ARGS(row->row.access_token),
                       account->last_access_token);
    }
}

/* All have authorised again. */
void judge_return(struct storm *storm)
{
    for (size_t i = 0; i < storm->world.account_count; i++) {
        struct str name = appid_str(&storm->world.accounts[i].appid);
        const struct world_row *row = world_find_row(&storm->world, name);
        if (!row || row->row.status != STATUS_AUTHORIZED || !row->row.access_token.at)
            judge_fail(storm, "%.*s has authorised again and did not return", STR_ARGS(name));
    }
}
