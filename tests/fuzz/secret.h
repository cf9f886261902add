/*
 * Other secrets in the same JSON: whoever gives both texts to a decoder sees whether what it says
 * depends on them. If its words are the same, they quote no byte of a secret.
 *
 * Letters and digits of the string values of the named members are replaced by others of their
 * kind. Escapes, lengths and all that makes the text JSON stay as they are; so a text that is not
 * JSON stays wrong in the same way.
 */
#pragma once

#include "base/str.h"

/* names: the members, NULL behind the last. */
void secrets_change(char *json, size_t len, const char *const *names);

/* One byte: a letter or digit becomes the next one, all else stays. */
char secret_change_byte(char c);
