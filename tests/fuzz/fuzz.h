/*
 * What every fuzzer of this folder shares. A fuzzer is one function that is given bytes from
 * outside and asserts what must hold of what a decoder makes of them; "it does not crash" is the
 * least of it.
 *
 * The same file is linked twice: with libFuzzer, which makes up the bytes (./dev fuzz), and with
 * replay.c, which goes through a folder of them (./dev test). So an assertion that failed once is a
 * test for ever, once its input lies in corpus/. A view is given to a decoder as a heap block of
 * exactly its length: the address sanitizer then sees a read of the byte behind it.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Each fuzzer defines it; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy in a heap block of exactly its length; an absent view stays absent. exact_free ends it. */
struct str exact_copy(struct str view);

/* Frees what exact_copy gave. */
void exact_free(struct str copy);

/* Whether all bytes of the view lie within the block; an absent or empty one lies anywhere. */
bool lies_within(struct str view, const void *block, size_t len);

/* Whether every byte is printable ASCII. */
bool is_plain_text(struct str view);

/* Whether a sentence of `max` bytes is terminated, not empty and printable. */
bool is_sentence(const char *text, size_t max);

/* The text up to the first `end`, which is taken off the rest with it. */
struct str cut_off(struct str *rest, char end);
