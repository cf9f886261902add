/*
 * How many elements an array has. For arrays only: of a pointer, the compiler's -Wsizeof-pointer-div complains.
 */
#pragma once

#include <stddef.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
