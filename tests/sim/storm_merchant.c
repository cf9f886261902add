#include <assert.h>

#include "sim/storm_parts.h"

enum { DATE_UNKNOWN = -1 };

/* What happens at WeChat, in the tables that other programs write and in the topics. */

static struct str account_name(struct storm *storm)
{
    static const char *const names[STORM_ACCOUNTS] = {"wxa", "wxb", "wxc", "wxd"};
    if (storm_draw(storm, 100) < storm->hot_percent)
        return str_of(names[0]);
    return str_of(names[storm_draw(storm, STORM_ACCOUNTS)]);
}

/* No two components have the same account. */
static struct world_component *component_of(struct storm *storm, struct str name)
{
    size_t at = (size_t)(name.at[name.len - 1] - 'a') % storm->world.component_count;
    return &storm->world.components[at];
}

static struct world_component *any_component(struct storm *storm)
{
    return &storm->world.components[storm_draw(storm, storm->world.component_count)];
}

static int64_t now_s(const struct storm *storm)
{
    return storm->world.now_ms / MS_PER_S;
}

/* WeChat's clock is one: of two changes of an account the later is not dated earlier. */
static int64_t date_change(struct storm *storm, const struct world_account *account,
                           enum info_type type)
{
    int64_t date_s = now_s(storm) - (int64_t)storm_draw(storm, 3);
    if (!account)
        return date_s;
    size_t at = (size_t)(account - storm->world.accounts);
    if (date_s < storm->changed_at_s[at])
        date_s = storm->changed_at_s[at];
    storm->changed_at_s[at] = date_s;
    bool is_authorization = type == INFO_AUTHORIZED || type == INFO_UPDATEAUTHORIZED;
    if (is_authorization && storm->authorized_at_s[at] == DATE_UNKNOWN)
        storm->authorized_at_s[at] = date_s;
    return date_s;
}

/* Some room is left for what comes when all is calm. */
static bool has_room(const struct storm *storm, size_t count, size_t max)
{
    enum { RESERVE = 2 * STORM_ACCOUNTS };
    return count < (storm->is_calm ? max : max - RESERVE);
}

static struct world_record *append(struct storm *storm, const char *topic,
                                   const struct world_component *component)
{
    char name[WORLD_NAME_MAX];
    int len = snprintf(name, sizeof(name), "%s/%llu", topic,
                       (unsigned long long)storm_draw(storm, storm->topic_partitions));
    struct str view = {.at = name, .len = (size_t)len};
    struct world_partition *partition = world_find_partition(&storm->world, view);
    if (!has_room(storm, partition->record_count, WORLD_RECORDS_MAX))
        return NULL;
    struct world_record *record = world_append(partition, storm->world.now_ms);
    record->input.component = component->appid;
    storm_say(storm, "appended %s@%lld", name, (long long)record->record.origin.offset);
    return record;
}

static void append_change(struct storm *storm, struct str name, enum info_type type,
                          const struct world_code *code)
{
    const struct world_component *component = code ? code->account->component
                                                   : component_of(storm, name);
    struct world_record *record = append(storm, "authorization-changed", component);
    if (!record)
        return;
    struct input *input = &record->input;
    input->kind = INPUT_AUTHORIZATION_CHANGED;
    input->info_type = type;
    input->create_time_s = date_change(
        storm, code ? code->account : world_find_account(&storm->world, name), type);
    if (name.at)
        (void)appid_set(&input->authorizer, name);
    storm_say(storm, "  type %d of %.*s code %s at %lld", (int)type, STR_ARGS(name),
              code ? code->code : "", (long long)input->create_time_s);
    if (!code)
        return;
    memcpy(record->code, code->code, WORLD_NAME_MAX);
    input->code = str_of(record->code);
    input->code_expires_s = now_s(storm) + 3600;
    world_digest(input->code_digest, input->code);
}

static bool has_room_to_authorize(const struct storm *storm)
{
    enum { RECORDS = 3 };
    for (size_t i = 0; i < storm->world.partition_count; i++) {
        size_t count = storm->world.partitions[i].record_count + RECORDS - 1;
        if (!has_room(storm, count, WORLD_RECORDS_MAX))
            return false;
    }
    return has_room(storm, storm->world.code_count, WORLD_CODES_MAX);
}

static struct world_code *grant(struct storm *storm, struct str name)
{
    struct world_account *account = world_authorize(&storm->world, component_of(storm, name), name);
    char text[WORLD_NAME_MAX];
    (void)snprintf(text, sizeof(text), "c%lld", (long long)++storm->codes);
    struct world_code *code = world_add_code(&storm->world, str_of(text), account);
    code->expires_at_ms = storm->world.now_ms + 3600 * MS_PER_S;
    storm->authorized_at_s[account - storm->world.accounts] = DATE_UNKNOWN;
    storm_say(storm, "%.*s authorises, refresh token %s", STR_ARGS(name), account->refresh_token);
    return code;
}

static void authorize(struct storm *storm)
{
    struct str name = account_name(storm);
    if (!has_room_to_authorize(storm))
        return;
    struct world_code *code = grant(storm, name);
    code->has_permission = storm_draw(storm, 10) != 0;
    uint64_t ways = storm_draw(storm, 4);
    if (ways != 0)
        append_change(storm, name, INFO_AUTHORIZED, code);
    if (ways < 2)
        append_change(storm, (struct str){0}, INFO_AUTHORIZED, code);
    if (storm_draw(storm, 5) == 0)
        append_change(storm, name, INFO_UPDATEAUTHORIZED, code);
}

/* The push does not always come, and sometimes comes for nothing. */
static void withdraw(struct storm *storm)
{
    struct str name = account_name(storm);
    struct world_account *account = world_find_account(&storm->world, name);
    if (account && storm_draw(storm, 4) != 0) {
        account->is_authorized = false;
        storm_say(storm, "%.*s withdraws", STR_ARGS(name));
    }
    if (storm_draw(storm, 4) != 0)
        append_change(storm, name, INFO_UNAUTHORIZED, NULL);
}

/* WeChat refuses the very refresh token that it tells, until the merchant authorises. */
static void break_account(struct storm *storm)
{
    struct str name = account_name(storm);
    struct world_account *account = world_find_account(&storm->world, name);
    if (!account)
        return;
    account->is_broken = true;
    storm_say(storm, "%.*s breaks", STR_ARGS(name));
}

static void append_refresh(struct storm *storm, struct str name)
{
    struct world_record *record = append(storm, "refresh-due", component_of(storm, name));
    if (!record)
        return;
    const struct world_row *row = world_find_row(&storm->world, name);
    record->input.kind = INPUT_REFRESH_DUE;
    record->input.version = row && storm_draw(storm, 3) == 0 ? row->row.version : -1;
    (void)appid_set(&record->input.authorizer, name);
    storm_say(storm, "  refresh of %.*s, version %lld", STR_ARGS(name),
              (long long)record->input.version);
}

static void append_oddity(struct storm *storm)
{
    bool is_garbage = storm_draw(storm, 2);
    if (!is_garbage) {
        append_change(storm, account_name(storm), INFO_OTHER, NULL);
        return;
    }
    struct world_record *record = append(storm, "refresh-due", any_component(storm));
    if (record)
        record->is_undecodable = true;
}

/* Another program inserts the row of an account it knows. */
static void insert_row(struct storm *storm)
{
    struct str name = account_name(storm);
    if (world_find_row(&storm->world, name))
        return;
    struct world_account *account = world_authorize(&storm->world, component_of(storm, name), name);
    account->is_exchanged = true;
    struct world_row *row = world_add_row(&storm->world, name);
    if (storm_draw(storm, 4) == 0) {
        storm_say(storm, "%.*s is inserted without a refresh token", STR_ARGS(name));
        return;
    }
    memcpy(row->refresh_token, account->refresh_token, WORLD_NAME_MAX);
    row->row.refresh_token = str_of(row->refresh_token);
    storm->newest_refresh_token[row - storm->world.rows] = account->refresh_tokens_issued;
    storm->holds_refresh_token[row - storm->world.rows] = true;
    storm_say(storm, "%.*s is inserted with %s", STR_ARGS(name), account->refresh_token);
}

static void renew(struct storm *storm)
{
    struct world_component *component = any_component(storm);
    if (!strcmp(component->token_at_wechat, component->token_in_database))
        (void)snprintf(component->token_at_wechat, WORLD_NAME_MAX, "T%lld", (long long)storm->step);
    else
        memcpy(component->token_in_database, component->token_at_wechat, WORLD_NAME_MAX);
    storm_say(storm, "%.*s has the token %s, stored is %s", STR_ARGS(appid_str(&component->appid)),
              component->token_at_wechat, component->token_in_database);
}

/* All such calls of a component are refused, for a reason that is no account's; or no longer. */
static void obstruct(struct storm *storm)
{
    static const int32_t errcodes[] = {0, 0, 0, 45009, 45011, 61004};
    struct world_component *component = any_component(storm);
    uint64_t call = storm_draw(storm, CALL_AUTHORIZER_INFO + 1);
    component->errcodes[call] = errcodes[storm_draw(storm, 6)];
    storm_say(storm, "WeChat refuses call %llu of %.*s with %d", (unsigned long long)call,
              STR_ARGS(appid_str(&component->appid)), component->errcodes[call]);
}

void merchant_calm(struct storm *storm)
{
    for (size_t i = 0; i < storm->world.component_count; i++) {
        struct world_component *component = &storm->world.components[i];
        memcpy(component->token_in_database, component->token_at_wechat, WORLD_NAME_MAX);
        memset(component->errcodes, 0, sizeof(component->errcodes));
    }
}

void merchant_open(struct storm *storm)
{
    struct world *world = &storm->world;
    world_init(world);
    static const char *const components[WORLD_COMPONENTS_MAX] = {"wxx", "wxy", "wxz"};
    uint64_t component_count = 1 + storm_draw(storm, WORLD_COMPONENTS_MAX);
    for (uint64_t i = 0; i < component_count; i++)
        (void)world_add_component(world, str_of(components[i]), STR("T0"));
    storm->hot_percent = storm_draw(storm, 4) ? 0 : 90;
    storm->topic_partitions = 1 + (size_t)storm_draw(storm, 3);
    for (size_t i = 0; i < storm->topic_partitions; i++) {
        char name[WORLD_NAME_MAX];
        (void)snprintf(name, sizeof(name), "authorization-changed/%zu", i);
        (void)world_find_partition(world, str_of(name));
        (void)snprintf(name, sizeof(name), "refresh-due/%zu", i);
        (void)world_find_partition(world, str_of(name));
    }
    for (uint64_t i = storm_draw(storm, 4); i > 0; i--)
        insert_row(storm);
}

void merchant_act(struct storm *storm)
{
    uint64_t what = storm_draw(storm, 100);
    if (what < 50)
        append_refresh(storm, account_name(storm));
    else if (what < 72)
        authorize(storm);
    else if (what < 82)
        withdraw(storm);
    else if (what < 85)
        break_account(storm);
    else if (what < 88)
        append_oddity(storm);
    else if (what < 92)
        insert_row(storm);
    else if (what < 95)
        obstruct(storm);
    else
        renew(storm);
}

void merchant_refresh_excused(struct storm *storm)
{
    struct world *world = &storm->world;
    for (size_t i = 0; i < world->account_count; i++) {
        if (storm->is_excused[i])
            append_refresh(storm, appid_str(&world->accounts[i].appid));
    }
}

void merchant_authorize_all(struct storm *storm)
{
    for (size_t i = 0; i < storm->world.account_count; i++) {
        struct str name = appid_str(&storm->world.accounts[i].appid);
        append_change(storm, name, INFO_AUTHORIZED, grant(storm, name));
    }
}
