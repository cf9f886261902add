#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/script.h"
#include "sim/storm.h"

/*
 * sim [--update] [FILE…]: plays golden traces (without a FILE, all of tests/sim/traces) and
 * compares what happens with what is written. --update writes what happens.
 *
 * sim --seeds N [--from S]: plays N storms, from seed S on (1). The first that breaks a promise is
 * played again, with its trace.
 */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t room = 0;
    ssize_t got = getdelim(&text, &room, '\0', file);
    (void)fclose(file);
    *len = got > 0 ? (size_t)got : 0;
    return text;
}

static void say_difference(const char *path, struct str want, struct str got)
{
    size_t line = 1;
    size_t at = 0;
    while (at < want.len && at < got.len && want.at[at] == got.at[at])
        line += want.at[at++] == '\n';
    size_t start = at;
    while (start > 0 && got.at[start - 1] != '\n')
        start--;
    size_t got_len = strcspn(got.at + start, "\n");
    size_t want_len = strcspn(want.at + start, "\n");
    (void)printf("%s:%zu:\n  written:  %.*s\n  happened: %.*s\n", path, line, (int)want_len,
                 want.at + start, (int)got_len, got.at + start);
}

static bool write_file(const char *path, struct str text)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool is_written = fwrite(text.at, 1, text.len, file) == text.len;
    return fclose(file) == 0 && is_written;
}

static bool play(const char *path, bool is_update)
{
    size_t len = 0;
    char *text = read_file(path, &len);
    char *happened = NULL;
    size_t happened_len = 0;
    FILE *out = open_memstream(&happened, &happened_len);
    bool is_well = text && out && script_play((struct str){.at = text, .len = len}, out);
    if (out)
        (void)fclose(out);
    struct str want = {.at = text, .len = len};
    struct str got = {.at = happened, .len = happened_len};
    if (is_well && is_update)
        is_well = write_file(path, got);
    else if (is_well && !str_equal(want, got)) {
        say_difference(path, want, got);
        is_well = false;
    }
    (void)printf("%s  %s\n", is_well ? "ok    " : "NOT OK", path);
    free(text);
    free(happened);
    return is_well;
}

static int is_trace(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

static int play_all(bool is_update, size_t *played)
{
    static const char folder[] = "tests/sim/traces";
    struct dirent **entries;
    int failed = 0;
    int count = scandir(folder, &entries, is_trace, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        (void)(snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < 0);
        failed += !play(path, is_update);
        *played += 1;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return failed;
}

/* Plays the storm in a process of its own, so that a failed assertion can be traced to its seed. */
static bool storm_apart(uint64_t seed, FILE *out)
{
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        bool is_well = storm_run(seed, out);
        (void)fflush(stdout);
        _exit(is_well ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == EXIT_SUCCESS;
}

static uint64_t number_of(const char *text)
{
    int64_t number = 0;
    (void)str_to_int64(str_of(text), &number);
    return (uint64_t)number;
}

static int storms(uint64_t count, uint64_t from)
{
    uint64_t failed = 0;
    for (uint64_t seed = from; seed < from + count; seed++) {
        if (storm_apart(seed, NULL))
            continue;
        (void)printf("NOT OK  seed %llu\n", (unsigned long long)seed);
        if (failed++ == 0)
            (void)storm_apart(seed, stdout);
    }
    (void)printf("%llu storms passed, %llu failed\n", (unsigned long long)(count - failed),
                 (unsigned long long)failed);
    return failed || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--seeds") == 0) {
        bool has_from = argc > 4 && strcmp(argv[3], "--from") == 0;
        return storms(number_of(argv[2]), has_from ? number_of(argv[4]) : 1);
    }
    bool is_update = argc > 1 && strcmp(argv[1], "--update") == 0;
    int first = is_update ? 2 : 1;
    size_t played = 0;
    int failed = first == argc ? play_all(is_update, &played) : 0;
    for (int i = first; i < argc; i++, played++)
        failed += !play(argv[i], is_update);
    (void)printf("%zu passed, %d failed\n", played - (size_t)failed, failed);
    return failed || played == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
