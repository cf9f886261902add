/*
 * What every test file includes first: cmocka with the headers it needs before it, in the one order that compiles.
 *
 * cmocka.h uses types of these headers without including them; a formatter would sort it in front.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
