/*
 * Shared by all fuzzers of this folder. A fuzzer is one function. It is given any bytes, hands them
 * to a decoder and asserts what must hold of the result. "It does not crash" is the least of that.
 *
 * Each fuzzer is linked twice: with libFuzzer, which makes up the bytes (./dev fuzz), and with
 * replay.c, which reads them from the files of a folder (./dev test). So an assertion that failed
 * once stays a test for ever if its input is put into corpus/. A decoder is given each view as a
 * heap block of exactly its length, so that the address sanitizer sees a read of the byte after it.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Defined by each fuzzer; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns a copy in a heap block of exactly its length; an absent view stays absent. The caller
 * frees it with exact_free. */
struct str exact_copy(struct str view);

/* Frees what exact_copy returned. */
void exact_free(struct str copy);

/* Returns true if all bytes of the view are inside the block; an absent or empty view always is. */
bool lies_within(struct str view, const void *block, size_t len);

/* Returns true if every byte is printable ASCII. */
bool is_plain_text(struct str view);

/* Returns true if the sentence is printable, not empty, and terminated within `max` bytes. */
bool is_sentence(const char *text, size_t max);

/* Returns the text up to the first `end`, and takes both off the rest. */
struct str cut_off(struct str *rest, char end);
