/*
 * Every test file includes this first: cmocka and the headers that it needs before it, in the one
 * order that compiles.
 *
 * cmocka.h uses types of these headers without including them; a formatter would sort it first.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
