#include <assert.h>

#include "sim/script_parts.h"

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
    if (script_has_word(script, STR("lost")))
        return (struct player_fortune){.fate = FATE_LOST};
    if (script_has_word(script, STR("late")))
        return (struct player_fortune){.fate = FATE_LATE};
    if (script_has_word(script, STR("unsent")))
        return (struct player_fortune){.fate = FATE_UNSENT};
    if (script_has_word(script, STR("broken")))
        return (struct player_fortune){.fate = FATE_REFUSED};
    if (script_has_word(script, STR("mistaken")))
        return (struct player_fortune){.fate = FATE_MISTAKEN};
    if (script_has_word(script, STR("foreign")))
        return (struct player_fortune){.fate = FATE_FOREIGN};
    struct str errcode = script_option(script, STR("refused"));
    if (errcode.at)
        return (struct player_fortune){.fate = FATE_REFUSED,
                                       .errcode = (int32_t)script_number(errcode, -1)};
    return (struct player_fortune){.fate = FATE_WELL};
}

static size_t room_of(const struct script *script)
{
    return (size_t)script_number(script_option(script, STR("n")), PLAYER_JOBS_MAX);
}

/* worker NAME: starts one, with a new writer's number */
void command_worker(struct script *script)
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

void command_crash(struct script *script)
{
    player_crash(player_of(script));
}

/* assign|drain|revoke WORKER PARTITION */
void command_assign(struct script *script)
{
    player_assign(player_of(script), world_find_partition(&script->world, script->words[2]));
}

/* drain WORKER: the process shall end */
void command_drain(struct script *script)
{
    if (script->word_count == 2) {
        player_drain_all(player_of(script));
        return;
    }
    player_drain(player_of(script), world_find_partition(&script->world, script->words[2]));
}

void command_revoke(struct script *script)
{
    player_revoke(player_of(script), world_find_partition(&script->world, script->words[2]));
}

/* leave WORKER: its time to drain is over */
void command_leave(struct script *script)
{
    player_leave(player_of(script));
}

/* take WORKER [n=COUNT]: parked records that are due */
void command_take(struct script *script)
{
    (void)player_take_due(player_of(script), room_of(script));
}

/* poll|load|send|answer|store|publish|park|unpark WORKER
 * [lost|late|unsent|broken|foreign|mistaken|refused=N] [n=COUNT] */
void command_poll(struct script *script)
{
    (void)player_poll(player_of(script), room_of(script));
}

void command_load(struct script *script)
{
    (void)player_load(player_of(script), fortune_of(script), room_of(script));
}

void command_send(struct script *script)
{
    (void)player_send(player_of(script), fortune_of(script), room_of(script));
}

void command_answer(struct script *script)
{
    (void)player_answer(player_of(script), room_of(script));
}

void command_store(struct script *script)
{
    (void)player_store(player_of(script), fortune_of(script), room_of(script));
}

void command_publish(struct script *script)
{
    (void)player_publish(player_of(script), fortune_of(script), room_of(script));
}

void command_park(struct script *script)
{
    (void)player_park(player_of(script), fortune_of(script), room_of(script));
}

void command_unpark(struct script *script)
{
    (void)player_unpark(player_of(script), fortune_of(script), room_of(script));
}

/* run WORKER [ms=M]: everything, and the timers of the next M milliseconds */
void command_run(struct script *script)
{
    player_run(player_of(script), script_number(script_option(script, STR("ms")), 0));
}
