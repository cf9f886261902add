/*
 * The inside of the PostgreSQL adapter. Only the files of io/postgres include this header.
 */
#pragma once

#include "io/postgres/batch.h"

struct postgres {
    struct channel channel;
};
