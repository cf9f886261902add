#include "sim/world.h"

#include <assert.h>
#include <stdio.h>

static void set_name(char name[WORLD_NAME_MAX], struct str text)
{
    assert(text.len < WORLD_NAME_MAX);
    if (text.len)
        memcpy(name, text.at, text.len);
    name[text.len] = '\0';
}

/* Keeps a view's bytes in `name`; an absent view stays absent. */
static struct str keep(char name[WORLD_NAME_MAX], struct str view)
{
    if (!view.at)
        return view;
    set_name(name, view);
    return (struct str){.at = name, .len = view.len};
}

void world_init(struct world *world)
{
    *world = (struct world){.now_ms = 1000000000000};
}

struct world_component *world_add_component(struct world *world, struct str name, struct str token)
{
    assert(world->component_count < WORLD_COMPONENTS_MAX);
    struct world_component *component = &world->components[world->component_count++];
    bool is_appid = appid_set(&component->appid, name);
    assert(is_appid);
    set_name(component->token_in_database, token);
    set_name(component->token_at_wechat, token);
    return component;
}

struct world_component *world_find_component(struct world *world, struct str name)
{
    for (size_t i = 0; i < world->component_count; i++) {
        if (str_equal(appid_str(&world->components[i].appid), name))
            return &world->components[i];
    }
    assert(!"no such component");
    return NULL;
}

struct world_row *world_find_row(struct world *world, struct str authorizer)
{
    for (size_t i = 0; i < world->row_count; i++) {
        if (str_equal(appid_str(&world->rows[i].row.authorizer), authorizer))
            return &world->rows[i];
    }
    return NULL;
}

struct world_row *world_find_digest(struct world *world, const uint8_t digest[DIGEST_BYTES])
{
    for (size_t i = 0; i < world->row_count; i++) {
        const struct authorizer *row = &world->rows[i].row;
        if (row->has_digest && memcmp(row->code_digest, digest, DIGEST_BYTES) == 0)
            return &world->rows[i];
    }
    return NULL;
}

struct world_row *world_add_row(struct world *world, struct str authorizer)
{
    assert(world->row_count < WORLD_ROWS_MAX);
    struct world_row *row = &world->rows[world->row_count++];
    *row = (struct world_row){0};
    bool is_appid = appid_set(&row->row.authorizer, authorizer);
    assert(is_appid);
    return row;
}

struct world_account *world_find_account(struct world *world, struct str authorizer)
{
    for (size_t i = 0; i < world->account_count; i++) {
        if (str_equal(appid_str(&world->accounts[i].appid), authorizer))
            return &world->accounts[i];
    }
    return NULL;
}

struct world_account *world_authorize(struct world *world, struct world_component *component,
                                      struct str authorizer)
{
    struct world_account *account = world_find_account(world, authorizer);
    if (!account) {
        assert(world->account_count < WORLD_ROWS_MAX);
        account = &world->accounts[world->account_count++];
        account->component = component;
        bool is_appid = appid_set(&account->appid, authorizer);
        assert(is_appid);
    }
    account->is_broken = false;
    if (account->is_authorized)
        return account;
    account->is_authorized = true;
    account->is_exchanged = false;
    (void)snprintf(account->refresh_token, WORLD_NAME_MAX, "R%d-%.*s",
                   ++account->refresh_tokens_issued,
                   (int)authorizer.len > 20 ? 20 : (int)authorizer.len, authorizer.at);
    return account;
}

struct world_code *world_add_code(struct world *world, struct str code,
                                  struct world_account *account)
{
    assert(world->code_count < WORLD_CODES_MAX);
    struct world_code *made = &world->codes[world->code_count++];
    *made = (struct world_code){.account = account,
                                .of_refresh_token = account->refresh_tokens_issued,
                                .has_permission = true};
    set_name(made->code, code);
    return made;
}

void world_digest(uint8_t digest[DIGEST_BYTES], struct str code)
{
    memset(digest, '.', DIGEST_BYTES);
    memcpy(digest, code.at, code.len < DIGEST_BYTES ? code.len : DIGEST_BYTES);
}

struct world_partition *world_find_partition(struct world *world, struct str name)
{
    const char *slash = memchr(name.at, '/', name.len);
    int64_t number;
    bool is_name = slash &&
                   str_to_int64((struct str){slash + 1, name.len - (size_t)(slash + 1 - name.at)},
                                &number);
    assert(is_name);
    struct str topic = {.at = name.at, .len = (size_t)(slash - name.at)};
    for (size_t i = 0; i < world->partition_count; i++) {
        struct world_partition *partition = &world->partitions[i];
        if (partition->number == number && str_equal(str_of(partition->topic), topic))
            return partition;
    }
    assert(world->partition_count < WORLD_PARTITIONS_MAX);
    struct world_partition *partition = &world->partitions[world->partition_count++];
    *partition = (struct world_partition){.number = (int32_t)number};
    set_name(partition->topic, topic);
    return partition;
}

struct world_record *world_append(struct world_partition *partition, int64_t timestamp_ms)
{
    assert(partition->record_count < WORLD_RECORDS_MAX);
    struct world_record *record = &partition->records[partition->record_count];
    *record = (struct world_record){0};
    record->record.origin = (struct origin){
        .topic = str_of(partition->topic),
        .partition = partition->number,
        .offset = (int64_t)partition->record_count++,
        .timestamp_ms = timestamp_ms,
    };
    return record;
}

static void write_row(struct world_row *row, const struct change *change, int64_t version,
                      int64_t now_ms)
{
    assert(change->scopes.count <= WORLD_SCOPES_MAX);
    struct scopes scopes = change->scopes;
    if (scopes.at && scopes.count) {
        memmove(row->scopes, scopes.at, scopes.count * sizeof(*scopes.at));
        scopes.at = row->scopes;
    }
    struct origin cause = change->cause;
    cause.topic = keep(row->topic, change->cause.topic);
    row->row = (struct authorizer){
        .authorizer = change->authorizer,
        .status = change->status,
        .version = version,
        .access_token = keep(row->access_token, change->access_token),
        .refresh_token = keep(row->refresh_token, change->refresh_token),
        .expires_at_s = change->expires_at_s,
        .authorized_at_s = change->authorized_at_s,
        .scopes = scopes,
        .has_digest = change->has_digest,
        .writer = change->writer,
        .cause = cause,
        .updated_at_us = now_ms * 1000,
        .sent_at_s = change->sent_at_s,
        .late_until_s = change->late_until_s,
    };
    memcpy(row->row.code_digest, change->code_digest, DIGEST_BYTES);
}

bool world_store(struct world *world, const struct change *change, int64_t *version)
{
    struct str name = appid_str(&change->authorizer);
    struct world_row *row = world_find_row(world, name);
    int64_t stored = row ? row->row.version : VERSION_ABSENT;
    if (stored != change->version_read)
        return false;

    *version = row ? stored + 1 : 1;
    write_row(row ? row : world_add_row(world, name), change, *version, world->now_ms);
    return true;
}

static void refuse(struct answer *answer, int32_t errcode)
{
    *answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = errcode};
}

static void issue(struct world *world, struct world_account *account, struct answer *answer)
{
    (void)snprintf(account->last_access_token, WORLD_NAME_MAX, "A%d",
                   ++world->access_tokens_issued);
    answer->access_token = str_of(account->last_access_token);
    answer->refresh_token = str_of(account->refresh_token);
    answer->expires_in_s = 7200;
}

static const int32_t scopes_granted[] = {1, 15, 4};

/* 0: it is good. */
static int32_t errcode_of(const struct world *world, const struct world_code *code)
{
    const struct world_account *account = code->account;
    bool is_valid = !code->is_spent && account->is_authorized &&
                    code->of_refresh_token == account->refresh_tokens_issued;
    bool has_expired = code->expires_at_ms && world->now_ms >= code->expires_at_ms;
    if (has_expired)
        return 61010;
    return is_valid ? 0 : 61009;
}

static void query_auth(struct world *world, const struct world_component *component,
                       struct str code, struct answer *answer)
{
    int32_t errcode = 61009;
    for (size_t i = 0; i < world->code_count; i++) {
        struct world_code *known = &world->codes[i];
        if (!str_equal(str_of(known->code), code) || known->account->component != component)
            continue;
        errcode = errcode_of(world, known);
        if (errcode)
            continue;
        known->is_spent = true;
        known->account->is_exchanged = true;
        answer->authorizer = known->account->appid;
        answer->scopes = (struct scopes){.at = scopes_granted, .count = 3};
        if (known->has_permission)
            issue(world, known->account, answer);
        return;
    }
    refuse(answer, errcode);
}

static void authorizer_token(struct world *world, const struct wechat_request *request,
                             struct answer *answer)
{
    struct world_account *account = world_find_account(world, request->authorizer_appid);
    if (!account || !account->is_authorized)
        refuse(answer, 61003);
    else if (account->is_broken || !str_equal(str_of(account->refresh_token), request->secret))
        refuse(answer, 61023);
    else
        issue(world, account, answer);
}

static void authorizer_info(struct world *world, const struct wechat_request *request,
                            struct answer *answer)
{
    struct world_account *account = world_find_account(world, request->authorizer_appid);
    if (!account || !account->is_authorized) {
        refuse(answer, 61003);
        return;
    }
    answer->authorizer = account->appid;
    answer->refresh_token = account->is_exchanged ? str_of(account->refresh_token) : STR("");
    answer->scopes = (struct scopes){.at = scopes_granted, .count = 2};
}

void world_call(struct world *world, const struct wechat_request *request, struct answer *answer)
{
    const struct world_component *component = world_find_component(world, request->component_appid);
    *answer = (struct answer){.kind = ANSWER_DONE, .expires_in_s = -1};
    if (component->errcodes[request->call]) {
        refuse(answer, component->errcodes[request->call]);
        return;
    }
    if (!str_equal(request->component_token, str_of(component->token_at_wechat))) {
        refuse(answer, 40001);
        return;
    }
    switch (request->call) {
    case CALL_QUERY_AUTH:
        query_auth(world, component, request->secret, answer);
        return;
    case CALL_AUTHORIZER_TOKEN:
        authorizer_token(world, request, answer);
        return;
    case CALL_AUTHORIZER_INFO:
        authorizer_info(world, request, answer);
        return;
    }
}

bool world_give_up(struct world *world, const struct wechat_request *request, int64_t until_ms)
{
    if (world->late_count == WORLD_LATE_MAX)
        return false;
    struct world_late *late = &world->late[world->late_count++];
    *late = (struct world_late){.call = request->call, .until_ms = until_ms};
    bool is_appid = appid_set(&late->component, request->component_appid);
    assert(is_appid);
    is_appid = appid_set(&late->authorizer, request->authorizer_appid);
    assert(is_appid || !request->authorizer_appid.len);
    set_name(late->component_token, request->component_token);
    set_name(late->secret, request->secret);
    return true;
}

void world_act_late(struct world *world, size_t at, struct answer *answer)
{
    struct world_late late = world->late[at];
    world->late[at] = world->late[--world->late_count];
    struct wechat_request request = {
        .call = late.call,
        .component_appid = appid_str(&late.component),
        .component_token = str_of(late.component_token),
        .authorizer_appid = appid_str(&late.authorizer),
        .secret = str_of(late.secret),
    };
    world_call(world, &request, answer);
}

bool world_announce(struct world *world, struct str authorizer, int64_t version)
{
    struct world_row *row = world_find_row(world, authorizer);
    int64_t *announced = &world->announced[row - world->rows];
    if (version == *announced + 1)
        *announced = version;
    return version <= *announced;
}
