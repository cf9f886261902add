/*
 * The number of elements of an array. Only for arrays: the compiler warns about a pointer
 * (-Wsizeof-pointer-div).
 */
#pragma once

#include <stddef.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
