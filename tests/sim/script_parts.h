/*
 * The inside of a script: its words, and one function for each command.
 *
 * Private to script*.c: script.c reads and plays, script_world.c has the commands that change or
 * show the world, script_worker.c has those that make a worker do something.
 */
#pragma once

#include "sim/player.h"

enum { PLAYERS_MAX = 2, WORDS_MAX = 10, TIMESTAMP_MS = 1700000000 };

struct script {
    struct world world;
    struct player players[PLAYERS_MAX];
    struct appid component; /* of the next commands */
    uint64_t writers;
    FILE *out;
    struct str words[WORDS_MAX];
    size_t word_count;
};

/* The value of the word `name=value`; absent if there is no such word. */
struct str script_option(const struct script *script, struct str name);
bool script_has_word(const struct script *script, struct str word);
int64_t script_number(struct str word, int64_t otherwise);

void command_account(struct script *script);
void command_acts(struct script *script);
void command_answer(struct script *script);
void command_assign(struct script *script);
void command_authorizes(struct script *script);
void command_breaks(struct script *script);
void command_changed(struct script *script);
void command_component(struct script *script);
void command_crash(struct script *script);
void command_drain(struct script *script);
void command_exchanged(struct script *script);
void command_leave(struct script *script);
void command_load(struct script *script);
void command_loses(struct script *script);
void command_park(struct script *script);
void command_poll(struct script *script);
void command_publish(struct script *script);
void command_recreate(struct script *script);
void command_refresh(struct script *script);
void command_refuses(struct script *script);
void command_renew(struct script *script);
void command_revoke(struct script *script);
void command_rewind_offset(struct script *script);
void command_run(struct script *script);
void command_send(struct script *script);
void command_show_parked(struct script *script);
void command_show_row(struct script *script);
void command_store(struct script *script);
void command_take(struct script *script);
void command_topic(struct script *script);
void command_undecodable(struct script *script);
void command_unpark(struct script *script);
void command_wait_s(struct script *script);
void command_withdraws(struct script *script);
void command_worker(struct script *script);
