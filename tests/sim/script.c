#include "sim/script.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/player.h"

enum { PLAYERS_MAX = 2, WORDS_MAX = 10, TIMESTAMP_MS = 1700000000 };

struct script {
    struct world world;
    struct player players[PLAYERS_MAX];
    uint64_t writers;
    FILE *out;
    struct str words[WORDS_MAX];
    size_t word_count;
};

static void split(struct script *script, struct str line)
{
    script->word_count = 0;
    size_t at = 0;
    while (at < line.len && script->word_count < WORDS_MAX) {
        while (at < line.len && line.at[at] == ' ')
            at++;
        size_t start = at;
        while (at < line.len && line.at[at] != ' ')
            at++;
        if (at > start)
            script->words[script->word_count++] = (struct str){.at = line.at + start,
                                                               .len = at - start};
    }
}

/* The value of the word `name=value`; absent where there is none. */
static struct str option(const struct script *script, struct str name)
{
    for (size_t i = 1; i < script->word_count; i++) {
        struct str word = script->words[i];
        if (str_starts_with(word, name) && word.len > name.len && word.at[name.len] == '=')
            return (struct str){.at = word.at + name.len + 1, .len = word.len - name.len - 1};
    }
    return (struct str){0};
}

static int64_t number(struct str word, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)str_to_int64(word, &value);
    return value;
}

static bool has_word(const struct script *script, struct str word)
{
    for (size_t i = 1; i < script->word_count; i++) {
        if (str_equal(script->words[i], word))
            return true;
    }
    return false;
}

static struct player *player_of(struct script *script)
{
    for (size_t i = 0; i < PLAYERS_MAX; i++) {
        if (script->players[i].world &&
            str_equal(str_of(script->players[i].name), script->words[1]))
            return &script->players[i];
    }
    assert(!"no such worker");
    return NULL;
}

static struct player_fortune fortune_of(const struct script *script)
{
    if (has_word(script, STR("lost")))
        return (struct player_fortune){.fate = FATE_LOST};
    if (has_word(script, STR("unsent")))
        return (struct player_fortune){.fate = FATE_UNSENT};
    if (has_word(script, STR("broken")))
        return (struct player_fortune){.fate = FATE_REFUSED};
    struct str errcode = option(script, STR("refused"));
    if (errcode.at)
        return (struct player_fortune){.fate = FATE_REFUSED,
                                       .errcode = (int32_t)number(errcode, -1)};
    return (struct player_fortune){.fate = FATE_WELL};
}

static size_t room_of(const struct script *script)
{
    return (size_t)number(option(script, STR("n")), PLAYER_JOBS_MAX);
}

/* component NAME TOKEN: the component, and its token at WeChat and in the database */
static void component(struct script *script)
{
    struct world *world = &script->world;
    bool is_appid = appid_set(&world->component, script->words[1]);
    assert(is_appid);
    (void)snprintf(world->component_token_at_wechat, WORLD_NAME_MAX, "%.*s",
                   STR_ARGS(script->words[2]));
    (void)snprintf(world->component_token_in_database, WORLD_NAME_MAX, "%.*s",
                   STR_ARGS(script->words[2]));
}

/* renew wechat|database TOKEN: somebody else renewed the component's token; the database learns it later */
static void renew(struct script *script)
{
    struct world *world = &script->world;
    bool at_wechat = str_equal(script->words[1], STR("wechat"));
    char *token = at_wechat ? world->component_token_at_wechat : world->component_token_in_database;
    (void)snprintf(token, WORLD_NAME_MAX, "%.*s", STR_ARGS(script->words[2]));
}

/* account NAME: an authorised account, and its row as another program inserts it */
static void account(struct script *script)
{
    struct world_account *made = world_authorize(&script->world, script->words[1]);
    made->is_exchanged = true;
    struct world_row *row = world_add_row(&script->world, script->words[1]);
    memcpy(row->refresh_token, made->refresh_token, WORLD_NAME_MAX);
    row->row.refresh_token = str_of(row->refresh_token);
}

/* authorizes NAME code=C [no-permission]: a merchant authorises, WeChat hands out a code */
static void authorizes(struct script *script)
{
    struct world_account *made = world_authorize(&script->world, script->words[1]);
    struct world_code *code = world_add_code(&script->world, option(script, STR("code")), made);
    code->has_permission = !has_word(script, STR("no-permission"));
}

static struct world_record *append(struct script *script)
{
    struct world_partition *partition = world_find_partition(&script->world, script->words[1]);
    int64_t timestamp_ms = number(option(script, STR("timestamp")), TIMESTAMP_MS);
    struct world_record *record = world_append(partition, timestamp_ms);
    record->input.component = script->world.component;
    return record;
}

/* refresh PARTITION NAME [version=V] */
static void refresh(struct script *script)
{
    struct input *input = &append(script)->input;
    input->kind = INPUT_REFRESH_DUE;
    input->version = number(option(script, STR("version")), -1);
    bool is_appid = appid_set(&input->authorizer, script->words[2]);
    assert(is_appid);
}

/* authorized|updateauthorized|unauthorized|other PARTITION NAME|- [code=C] at=SECONDS [expires=SECONDS] */
static void changed(struct script *script)
{
    struct world_record *record = append(script);
    struct input *input = &record->input;
    struct str word = script->words[0];
    struct str code = option(script, STR("code"));
    input->kind = INPUT_AUTHORIZATION_CHANGED;
    input->info_type = str_equal(word, STR("unauthorized")) ? INFO_UNAUTHORIZED
                       : str_equal(word, STR("authorized")) ? INFO_AUTHORIZED
                       : str_equal(word, STR("other"))      ? INFO_OTHER
                                                            : INFO_UPDATEAUTHORIZED;
    input->create_time_s = number(option(script, STR("at")), 0);
    input->code_expires_s = number(option(script, STR("expires")), INT64_MAX);
    if (!str_equal(script->words[2], STR("-")))
        (void)appid_set(&input->authorizer, script->words[2]);
    if (!code.at)
        return;
    (void)snprintf(record->code, WORLD_NAME_MAX, "%.*s", STR_ARGS(code));
    input->code = str_of(record->code);
    world_digest(input->code_digest, code);
}

/* undecodable PARTITION */
static void undecodable(struct script *script)
{
    append(script)->is_undecodable = true;
}

/* exchanged NAME: somebody else exchanged its code, so that WeChat tells its refresh token */
static void exchanged(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_exchanged = true;
}

/* breaks NAME: WeChat refuses the very refresh token it tells, until the merchant authorises */
static void breaks(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_broken = true;
}

/* loses NAME: its row has no refresh token any more */
static void loses(struct script *script)
{
    world_find_row(&script->world, script->words[1])->row.refresh_token = STR("");
}

/* withdraws NAME: the merchant withdraws at WeChat */
static void withdraws(struct script *script)
{
    world_find_account(&script->world, script->words[1])->is_authorized = false;
}

/* recreate PARTITION: the topic is deleted and made again, the database stays */
static void recreate(struct script *script)
{
    struct world_partition *partition = world_find_partition(&script->world, script->words[1]);
    partition->record_count = 0;
    partition->committed = 0;
}

/* worker NAME: starts one, with a new writer's number */
static void worker(struct script *script)
{
    for (size_t i = 0; i < PLAYERS_MAX; i++) {
        if (!script->players[i].world) {
            player_start(&script->players[i], &script->world, script->out, script->words[1],
                         ++script->writers);
            return;
        }
    }
    assert(!"too many workers");
}

static void crash(struct script *script)
{
    player_crash(player_of(script));
}

/* assign|drain|revoke WORKER PARTITION */
static void assign(struct script *script)
{
    player_assign(player_of(script), world_find_partition(&script->world, script->words[2]));
}

static void drain(struct script *script)
{
    player_drain(player_of(script), world_find_partition(&script->world, script->words[2]));
}

static void revoke(struct script *script)
{
    player_revoke(player_of(script), world_find_partition(&script->world, script->words[2]));
}

/* poll|load|send|answer|store|publish WORKER [lost|unsent|broken|refused=N] [n=COUNT] */
static void poll(struct script *script)
{
    (void)player_poll(player_of(script), room_of(script));
}

static void load(struct script *script)
{
    (void)player_load(player_of(script), fortune_of(script), room_of(script));
}

static void send(struct script *script)
{
    (void)player_send(player_of(script), fortune_of(script), room_of(script));
}

static void answer(struct script *script)
{
    (void)player_answer(player_of(script), room_of(script));
}

static void store(struct script *script)
{
    (void)player_store(player_of(script), fortune_of(script), room_of(script));
}

static void publish(struct script *script)
{
    (void)player_publish(player_of(script), fortune_of(script), room_of(script));
}

/* run WORKER [ms=M]: everything, and the timers of the next M milliseconds */
static void run(struct script *script)
{
    player_run(player_of(script), number(option(script, STR("ms")), 0));
}

/* wait SECONDS: the wall clock alone */
static void wait_s(struct script *script)
{
    script->world.now_ms += number(script->words[1], 0) * MS_PER_S;
}

static void show_scopes(struct script *script, const struct scopes *scopes)
{
    if (!scopes->at)
        return;
    (void)fputs(" scopes=", script->out);
    for (size_t i = 0; i < scopes->count; i++)
        (void)fprintf(script->out, "%s%d", i ? "," : "", scopes->at[i]);
}

/* row NAME: what the database holds, and whether WeChat's last token and every announcement are in it */
static void show_row(struct script *script)
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

static const struct {
    const char *word;
    void (*play)(struct script *script);
} commands[] = {
    {"component", component},
    {"renew", renew},
    {"account", account},
    {"authorizes", authorizes},
    {"withdraws", withdraws},
    {"exchanged", exchanged},
    {"breaks", breaks},
    {"loses", loses},
    {"refresh", refresh},
    {"authorized", changed},
    {"unauthorized", changed},
    {"updateauthorized", changed},
    {"other", changed},
    {"undecodable", undecodable},
    {"recreate", recreate},
    {"worker", worker},
    {"crash", crash},
    {"assign", assign},
    {"drain", drain},
    {"revoke", revoke},
    {"poll", poll},
    {"load", load},
    {"send", send},
    {"answer", answer},
    {"store", store},
    {"publish", publish},
    {"run", run},
    {"wait", wait_s},
    {"row", show_row},
};

static bool play_line(struct script *script, struct str line)
{
    split(script, line);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (str_equal(script->words[0], str_of(commands[i].word))) {
            commands[i].play(script);
            return true;
        }
    }
    (void)fprintf(stderr, "not a command: %.*s\n", STR_ARGS(line));
    return false;
}

bool script_play(struct str text, FILE *out)
{
    struct script *script = calloc(1, sizeof(*script));
    assert(script != NULL);
    script->out = out;
    world_init(&script->world);
    bool is_well = true;
    for (size_t at = 0; is_well && at < text.len;) {
        const char *end = memchr(text.at + at, '\n', text.len - at);
        struct str line = {.at = text.at + at,
                           .len = end ? (size_t)(end - text.at) - at : text.len - at};
        at += line.len + 1;
        if (str_starts_with(line, STR(" ")))
            continue;
        (void)fprintf(out, "%.*s\n", STR_ARGS(line));
        if (line.len && line.at[0] != '#')
            is_well = play_line(script, line);
    }
    for (size_t i = 0; i < PLAYERS_MAX; i++) {
        if (script->players[i].world)
            player_crash(&script->players[i]);
    }
    free(script);
    return is_well;
}
