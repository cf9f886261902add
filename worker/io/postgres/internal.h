/*
 * The adapter's inside, for the files of io/postgres/ alone.
 */
#pragma once

#include "io/postgres/batch.h"

struct postgres {
    struct channel channel;
};
