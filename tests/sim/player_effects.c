#include <assert.h>
#include <stdio.h>

#include "sim/player_parts.h"
#include "wire/dead.h"

static size_t take(struct player *player, enum effect effect, struct job **jobs, size_t room)
{
    size_t most = room < PLAYER_JOBS_MAX ? room : PLAYER_JOBS_MAX;
    return engine_take(&player->engine, effect, jobs, most, player->world->now_ms / MS_PER_S);
}

/* What waits for the effect, at most `room`, one after the other. */
static size_t let_befall(struct player *player, enum effect effect,
                         void (*befall)(struct player *player, struct job *job,
                                        struct player_fortune fortune),
                         struct player_fortune fortune, size_t room)
{
    struct job *jobs[PLAYER_JOBS_MAX];
    size_t count = take(player, effect, jobs, room);
    for (size_t i = 0; i < count; i++)
        befall(player, jobs[i], fortune);
    player_settle(player);
    return count;
}

static void give_back(struct player *player, struct job *job, struct returned returned)
{
    player_step(player, (struct event){.kind = EVENT_RETURNED, .job = job, .returned = returned});
}

static void load(struct player *player, struct job *job, struct player_fortune fortune)
{
    struct world *world = player->world;
    const struct input *input = &job->work.input;
    if (fortune.fate != FATE_WELL) {
        bool is_broken = fortune.fate == FATE_REFUSED;
        player_say(player, job, "cannot load");
        give_back(player, job,
                  (struct returned){.outcome = is_broken ? RETURNED_BROKEN : RETURNED_UNSENT});
        return;
    }
    static const struct authorizer absent = {.version = VERSION_ABSENT};
    struct world_component *component = world_find_component(world, appid_str(&input->component));
    struct world_row *row = str_is_empty(input->code)
                                ? NULL
                                : world_find_digest(world, input->code_digest);
    if (!row)
        row = world_find_row(world, appid_str(&input->authorizer));
    if (row)
        player_say(player, job, "loads %.*s at version %lld",
                   STR_ARGS(appid_str(&row->row.authorizer)), (long long)row->row.version);
    else
        player_say(player, job, "loads no row");
    give_back(player, job,
              (struct returned){
                  .load.row = row ? &row->row : &absent,
                  .load.component_token = str_of(component->token_in_database),
                  .load.is_parked = world_find_parked(world, &job->work.origin),
                  .load.is_served = row && world_find_serving(world, row, &job->work.origin),
              });
}

size_t player_load(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_LOAD, load, fortune, room);
}

static void queue_answer(struct player *player, struct job *job, const struct answer *answer)
{
    assert(player->answer_count < PLAYER_JOBS_MAX);
    struct player_answer *queued = &player->answers[player->answer_count++];
    *queued = (struct player_answer){.job = job, .answer = *answer};
    (void)snprintf(queued->access_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->access_token));
    (void)snprintf(queued->refresh_token, WORLD_NAME_MAX, "%.*s", STR_ARGS(answer->refresh_token));
}

static void send_request(struct player *player, struct job *job, struct player_fortune fortune)
{
    struct wechat_request request = {
        .call = job->next.call,
        .component_appid = appid_str(&job->work.input.component),
        .component_token = job->work.component_token,
        .authorizer_appid = appid_str(&job->work.input.authorizer),
        .secret = job->next.secret,
    };
    struct answer answer = {.kind = ANSWER_UNSENT};
    player_say(player, job, "calls %.*s with %.*s", STR_ARGS(wechat_call_name(request.call)),
               STR_ARGS(str_is_empty(request.secret) ? request.authorizer_appid : request.secret));
    if (fortune.fate == FATE_REFUSED)
        answer = (struct answer){.kind = ANSWER_REFUSED, .errcode = fortune.errcode};
    else if (fortune.fate == FATE_MISTAKEN)
        answer = (struct answer){
            .kind = ANSWER_DONE, .access_token = STR("A0"), .expires_in_s = 7200};
    else if (fortune.fate == FATE_LATE)
        (void)world_give_up(player->world, &request, player->world->now_ms + LATE_EFFECT_MS);
    else if (fortune.fate != FATE_UNSENT)
        world_call(player->world, &request, &answer);
    if (fortune.fate == FATE_LOST)
        answer = (struct answer){.kind = ANSWER_LOST};
    if (fortune.fate == FATE_LATE)
        answer = (struct answer){.kind = ANSWER_LOST, .may_act_late = true};
    if (fortune.fate == FATE_FOREIGN || fortune.fate == FATE_MISTAKEN)
        (void)appid_set(&answer.authorizer, STR("wxother"));
    queue_answer(player, job, &answer);
}

size_t player_send(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_CALL, send_request, fortune, room);
}

static bool is_foreign(const struct player_answer *answer)
{
    return str_equal(appid_str(&answer->answer.authorizer), STR("wxother"));
}

static void say_answer(struct player *player, const struct player_answer *answer)
{
    switch (answer->answer.kind) {
    case ANSWER_DONE:
        player_say(player, answer->job, "is answered%s%s%s%s%s",
                   is_foreign(answer) ? " for wxother" : "",
                   answer->access_token[0] ? " access=" : "", answer->access_token,
                   answer->refresh_token[0] ? " refresh=" : "", answer->refresh_token);
        return;
    case ANSWER_REFUSED:
        player_say(player, answer->job, "is refused with %d", answer->answer.errcode);
        return;
    case ANSWER_LOST:
    case ANSWER_GARBLED:
        player_say(player, answer->job, "gets no answer");
        return;
    case ANSWER_UNSENT:
        player_say(player, answer->job, "reaches nobody");
        return;
    }
}

size_t player_answer(struct player *player, size_t room)
{
    size_t count = room < player->answer_count ? room : player->answer_count;
    for (size_t i = 0; i < count; i++) {
        struct player_answer answer = player->answers[0];
        player->answer_count--;
        memmove(player->answers, player->answers + 1, player->answer_count * sizeof(answer));
        answer.answer.access_token = str_of(answer.access_token);
        answer.answer.refresh_token = str_of(answer.refresh_token);
        say_answer(player, &answer);
        give_back(player, answer.job, (struct returned){.answer = &answer.answer});
    }
    player_settle(player);
    return count;
}

static void store(struct player *player, struct job *job, struct player_fortune fortune)
{
    const struct change *change = &job->work.change;
    struct returned returned = {.outcome = RETURNED_UNSENT};
    int64_t version = 0;
    bool is_written = fortune.fate != FATE_UNSENT && fortune.fate != FATE_REFUSED &&
                      world_store(player->world, change, &version);
    if (is_written)
        player_say(player, job, "writes %.*s version %lld %.*s%s%.*s",
                   STR_ARGS(appid_str(&change->authorizer)), (long long)version,
                   STR_ARGS(status_word(change->status)), change->access_token.at ? " access=" : "",
                   STR_ARGS(change->access_token));
    else
        player_say(player, job, "does not write on version %lld", (long long)change->version_read);

    if (fortune.fate == FATE_LOST)
        returned.outcome = RETURNED_UNKNOWN;
    else if (fortune.fate == FATE_REFUSED)
        returned.outcome = RETURNED_BROKEN;
    else if (fortune.fate == FATE_WELL)
        returned.outcome = is_written ? RETURNED_DONE : RETURNED_STALE;
    returned.store.version = version;
    returned.store.updated_at_us = player->world->now_ms * 1000;
    give_back(player, job, returned);
}

size_t player_store(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_STORE, store, fortune, room);
}

static void publish(struct player *player, struct job *job, struct player_fortune fortune)
{
    const struct authorizer *row = &job->work.row;
    struct str name = appid_str(&row->authorizer);
    bool is_refused = fortune.fate == FATE_REFUSED || fortune.fate == FATE_UNSENT;
    if (is_refused || player->world->is_topic_missing) {
        player_say(player, job, "is not acknowledged");
        give_back(player, job, (struct returned){.outcome = RETURNED_BROKEN});
        return;
    }
    if (job->publication == PUBLISH_DEAD_LETTER) {
        player_say(player, job, "dead letter %.*s: %s",
                   STR_ARGS(dead_reason_word(job->dead.reason)), job->dead.message);
    } else {
        bool in_order = world_announce(player->world, name, row->version);
        player_say(player, job, "announces %.*s version %lld%s", STR_ARGS(name),
                   (long long)row->version, in_order ? "" : " OUT OF ORDER");
    }
    give_back(player, job, (struct returned){.outcome = RETURNED_DONE});
}

size_t player_publish(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_PUBLISH, publish, fortune, room);
}

static void park(struct player *player, struct job *job, struct player_fortune fortune)
{
    static const enum returned_outcome outcomes[] = {[FATE_WELL] = RETURNED_DONE,
                                                     [FATE_LOST] = RETURNED_UNKNOWN,
                                                     [FATE_UNSENT] = RETURNED_UNSENT,
                                                     [FATE_REFUSED] = RETURNED_BROKEN};
    bool is_parked = fortune.fate == FATE_WELL || fortune.fate == FATE_LOST;
    ms_t wait_ms = job->waits_until - player->now;
    if (is_parked)
        world_park(player->world, job->record, &job->parked, wait_ms);
    player_say(player, job, "%s parked%s for %lld ms: %s", is_parked ? "is" : "is not",
               job->parked.owes ? " with a debt" : "", (long long)wait_ms, job->why);
    give_back(player, job, (struct returned){.outcome = outcomes[fortune.fate]});
}

size_t player_park(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_PARK, park, fortune, room);
}

static void unpark(struct player *player, struct job *job, struct player_fortune fortune)
{
    bool is_sent = fortune.fate == FATE_WELL || fortune.fate == FATE_LOST;
    bool is_gone = is_sent && world_unpark(player->world, &job->work.origin, job->revision);
    player_say(player, job, is_gone ? "is no longer parked" : "stays parked");
    bool is_told = fortune.fate == FATE_WELL;
    give_back(player, job, (struct returned){.outcome = is_told ? RETURNED_DONE : RETURNED_UNSENT});
}

size_t player_unpark(struct player *player, struct player_fortune fortune, size_t room)
{
    return let_befall(player, EFFECT_UNPARK, unpark, fortune, room);
}
