/*
 * Runs a fuzzer over every file of the given folders, in the order of their names. Each name is
 * printed before its run, so the last name before an abort is the culprit. Needs no libFuzzer, so
 * it works with every compiler.
 *
 *     fuzz_NAME FOLDER…   a folder that does not exist is skipped; no file at all is an error
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX = 1 << 20 };

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static struct str read_input(const char *path)
{
    FILE *file = fopen(path, "re");
    char *bytes = malloc(INPUT_MAX);
    assert(file && bytes);
    size_t len = fread(bytes, 1, INPUT_MAX, file);
    assert(!ferror(file) && len < INPUT_MAX);
    (void)fclose(file); /* read only */
    struct str input = exact_copy((struct str){.at = bytes, .len = len});
    free(bytes);
    return input;
}

static void run_file(const char *path)
{
    (void)fprintf(stderr, "%s\n", path);
    struct str input = read_input(path);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)input.at, input.len);
    exact_free(input);
}

static int run_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        assert(len > 0 && (size_t)len < sizeof(path));
        run_file(path);
        free(entries[i]);
    }
    free(entries);
    return count > 0 ? count : 0;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    (void)printf("%d inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
