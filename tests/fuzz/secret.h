/*
 * Puts other secrets into the same JSON. A fuzzer gives both texts to a decoder and compares what
 * it says. If the words are the same, they quote no byte of a secret.
 *
 * In the string values of the named members each letter or digit is replaced by another of its
 * kind. Escapes, lengths and everything that makes the text JSON stay as they are, so a text that
 * is not JSON stays wrong in the same way.
 */
#pragma once

#include "base/str.h"

/* names: the members, and NULL after the last. */
void secrets_change(char *json, size_t len, const char *const *names);

/* Returns the next letter or digit; any other byte stays as it is. */
char secret_change_byte(char c);
