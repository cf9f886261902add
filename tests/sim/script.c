#include "sim/script.h"

#include <assert.h>
#include <stdlib.h>

#include "base/count.h"
#include "sim/script_parts.h"

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

struct str script_option(const struct script *script, struct str name)
{
    for (size_t i = 1; i < script->word_count; i++) {
        struct str word = script->words[i];
        if (str_starts_with(word, name) && word.len > name.len && word.at[name.len] == '=')
            return (struct str){.at = word.at + name.len + 1, .len = word.len - name.len - 1};
    }
    return (struct str){0};
}

int64_t script_number(struct str word, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)str_to_int64(word, &value);
    return value;
}

bool script_has_word(const struct script *script, struct str word)
{
    for (size_t i = 1; i < script->word_count; i++) {
        if (str_equal(script->words[i], word))
            return true;
    }
    return false;
}

static const struct {
    const char *word;
    void (*play)(struct script *script);
} commands[] = {
    {"component", command_component},
    {"renew", command_renew},
    {"account", command_account},
    {"authorizes", command_authorizes},
    {"withdraws", command_withdraws},
    {"exchanged", command_exchanged},
    {"breaks", command_breaks},
    {"acts", command_acts},
    {"loses", command_loses},
    {"refresh", command_refresh},
    {"authorized", command_changed},
    {"unauthorized", command_changed},
    {"updateauthorized", command_changed},
    {"other", command_changed},
    {"undecodable", command_undecodable},
    {"recreate", command_recreate},
    {"rewind", command_rewind_offset},
    {"worker", command_worker},
    {"crash", command_crash},
    {"assign", command_assign},
    {"drain", command_drain},
    {"revoke", command_revoke},
    {"poll", command_poll},
    {"load", command_load},
    {"send", command_send},
    {"answer", command_answer},
    {"store", command_store},
    {"publish", command_publish},
    {"park", command_park},
    {"unpark", command_unpark},
    {"take", command_take},
    {"leave", command_leave},
    {"refuses", command_refuses},
    {"topic", command_topic},
    {"parked", command_show_parked},
    {"run", command_run},
    {"wait", command_wait_s},
    {"row", command_show_row},
};

static bool play_line(struct script *script, struct str line)
{
    split(script, line);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
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
