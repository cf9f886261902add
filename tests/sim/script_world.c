#include <assert.h>

#include "sim/script_parts.h"

/* The component that was named last. */
static struct world_component *present(struct script *script)
{
    return world_find_component(&script->world, appid_str(&script->component));
}

/* component NAME [TOKEN]: the component of the commands that follow; with TOKEN, a new one, and its
 * token at WeChat and in the database */
void command_component(struct script *script)
{
    bool is_appid = appid_set(&script->component, script->words[1]);
    assert(is_appid);
    if (script->word_count > 2)
        (void)world_add_component(&script->world, script->words[1], script->words[2]);
}

/* renew wechat|database TOKEN: somebody else renewed the component's token; the database learns
 * it later */
void command_renew(struct script *script)
{
    struct world_component *component = present(script);
    bool at_wechat = str_equal(script->words[1], STR("wechat"));
    char *token = at_wechat ? component->token_at_wechat : component->token_in_database;
    (void)snprintf(token, WORLD_NAME_MAX, "%.*s", STR_ARGS(script->words[2]));
}

/* account NAME: an authorised account, and its row as another program inserts it */
void command_account(struct script *script)
{
    struct world_account *made = world_authorize(&script->world, present(script), script->words[1]);
    made->is_exchanged = true;
    struct world_row *row = world_add_row(&script->world, script->words[1]);
    memcpy(row->refresh_token, made->refresh_token, WORLD_NAME_MAX);
    row->row.refresh_token = str_of(row->refresh_token);
}

/* authorizes NAME code=C [no-permission]: a merchant authorises, WeChat hands out a code */
void command_authorizes(struct script *script)
{
    struct world_account *made = world_authorize(&script->world, present(script), script->words[1]);
    struct world_code *code = world_add_code(&script->world, script_option(script, STR("code")),
                                             made);
    code->has_permission = !script_has_word(script, STR("no-permission"));
}

static struct world_record *append(struct script *script)
{
    struct world_partition *partition = world_find_partition(&script->world, script->words[1]);
    int64_t timestamp_ms = script_number(script_option(script, STR("timestamp")), TIMESTAMP_MS);
    struct world_record *record = world_append(partition, timestamp_ms);
    record->input.component = script->component;
    return record;
}

/* refresh PARTITION NAME [version=V] */
void command_refresh(struct script *script)
{
    struct input *input = &append(script)->input;
    input->kind = INPUT_REFRESH_DUE;
    input->version = script_number(script_option(script, STR("version")), -1);
    bool is_appid = appid_set(&input->authorizer, script->words[2]);
    assert(is_appid);
}

/* authorized|updateauthorized|unauthorized|other PARTITION NAME|- [code=C] at=SECONDS
 * [expires=SECONDS] */
void command_changed(struct script *script)
{
    struct world_record *record = append(script);
    struct input *input = &record->input;
    struct str word = script->words[0];
    struct str code = script_option(script, STR("code"));
    input->kind = INPUT_AUTHORIZATION_CHANGED;
    input->info_type = str_equal(word, STR("unauthorized")) ? INFO_UNAUTHORIZED
                       : str_equal(word, STR("authorized")) ? INFO_AUTHORIZED
                       : str_equal(word, STR("other"))      ? INFO_OTHER
                                                            : INFO_UPDATEAUTHORIZED;
    input->create_time_s = script_number(script_option(script, STR("at")), 0);
    input->code_expires_s = script_number(script_option(script, STR("expires")), INT64_MAX);
    if (!str_equal(script->words[2], STR("-")))
        (void)appid_set(&input->authorizer, script->words[2]);
    if (!code.at)
        return;
    (void)snprintf(record->code, WORLD_NAME_MAX, "%.*s", STR_ARGS(code));
    input->code = str_of(record->code);
    world_digest(input->code_digest, code);
}

/* undecodable PARTITION */
void command_undecodable(struct script *script)
{
    append(script)->is_undecodable = true;
}

/* exchanged NAME: somebody else exchanged its code, so that WeChat tells its refresh token */
void command_exchanged(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_exchanged = true;
}

/* breaks NAME: WeChat refuses the very refresh token it tells, until the merchant authorises */
void command_breaks(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_broken = true;
}

/* loses NAME: its row has no refresh token any more */
void command_loses(struct script *script)
{
    world_find_row(&script->world, script->words[1])->row.refresh_token = STR("");
}

/* acts: WeChat acts on all requests that were given up */
void command_acts(struct script *script)
{
    struct world *world = &script->world;
    while (world->late_count) {
        struct world_late late = world->late[0];
        struct answer answer;
        world_act_late(world, 0, &answer);
        (void)fprintf(script->out, "    WeChat acts late on %.*s with %s: %d access=%.*s\n",
                      STR_ARGS(wechat_call_name(late.call)), late.secret, answer.errcode,
                      STR_ARGS(answer.access_token));
    }
}

/* withdraws NAME: the merchant withdraws at WeChat */
void command_withdraws(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_authorized = false;
}

/* recreate PARTITION: the topic is deleted and made again, the database stays */
void command_recreate(struct script *script)
{
    struct world_partition *partition = world_find_partition(&script->world, script->words[1]);
    partition->record_count = 0;
    partition->committed = 0;
}

/* rewind PARTITION OFFSET: somebody has set the group's offset back */
void command_rewind_offset(struct script *script)
{
    world_find_partition(&script->world, script->words[1])->committed = script_number(
        script->words[2], 0);
}

/* topic missing|made: Kafka takes no message, or takes them again */
void command_topic(struct script *script)
{
    script->world.is_topic_missing = str_equal(script->words[1], STR("missing"));
}

/* refuses CALL ERRCODE: WeChat refuses all such calls of the component from now on; 0 ends that */
void command_refuses(struct script *script)
{
    for (int call = CALL_QUERY_AUTH; call <= CALL_AUTHORIZER_INFO; call++) {
        if (str_equal(wechat_call_name((enum wechat_call)call), script->words[1]))
            present(script)->errcodes[call] = (int32_t)script_number(script->words[2], 0);
    }
}

/* wait SECONDS: the wall clock alone */
void command_wait_s(struct script *script)
{
    script->world.now_ms += script_number(script->words[1], 0) * MS_PER_S;
}

static void show_scopes(struct script *script, const struct scopes *scopes)
{
    if (!scopes->at)
        return;
    (void)fputs(" scopes=", script->out);
    for (size_t i = 0; i < scopes->count; i++)
        (void)fprintf(script->out, "%s%d", i ? "," : "", scopes->at[i]);
}

/* parked: what the table of parked records holds */
void command_show_parked(struct script *script)
{
    const struct world *world = &script->world;
    for (size_t i = 0; i < world->parked_count; i++) {
        const struct world_parked *parked = &world->parked[i];
        const struct origin *origin = &parked->record->record.origin;
        (void)fprintf(script->out, "    %.*s/%d@%lld due in %lld ms, tries %u%s\n",
                      STR_ARGS(origin->topic), origin->partition, (long long)origin->offset,
                      (long long)(parked->due_ms - world->now_ms), parked->parked.tries,
                      parked->parked.owes ? ", owes" : "");
    }
    if (!world->parked_count)
        (void)fputs("    nothing\n", script->out);
}

/* row NAME: what the database holds, and whether WeChat's last token and every announcement are
 * in it */
void command_show_row(struct script *script)
{
    struct world_row *row = world_find_row(&script->world, script->words[1]);
    if (!row) {
        (void)fputs("    no row\n", script->out);
        return;
    }
    const struct authorizer *r = &row->row;
    struct world_account *of = world_find_account(&script->world, script->words[1]);
    (void)fprintf(script->out, "    version %lld %.*s access=%.*s refresh=%.*s authorized_at=%lld",
                  (long long)r->version, STR_ARGS(status_word(r->status)),
                  STR_ARGS(r->access_token), STR_ARGS(r->refresh_token),
                  (long long)r->authorized_at_s);
    show_scopes(script, &r->scopes);
    bool is_last = of && str_equal(r->access_token, str_of(of->last_access_token));
    int64_t announced = script->world.announced[row - script->world.rows];
    (void)fprintf(script->out, "\n    %s, announced up to %lld\n",
                  is_last ? "WeChat's last token" : "not WeChat's last token",
                  (long long)announced);
}
