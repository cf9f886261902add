/*
 * The loop: the only place that waits. It takes what has come back, decodes it for the engine,
 * takes the engine's effects, encodes them and hands them to the adapters.
 *
 * One thread. The caller blocks SIGTERM and SIGINT before any thread exists. The first of them
 * drains the loop within worker.drain_timeout_ms: what is in flight is finished, the rest is
 * returned. A second one ends the loop at once. Ownership: loop_close frees the result of
 * loop_open; settings and log are borrowed. Errors: ERR_UNAVAILABLE, ERR_CONFIG or ERR_BUG from
 * loop_open. ERR_UNAVAILABLE from loop_run if Kafka's client has broken down for good, so that the
 * supervisor starts the process again.
 */
#pragma once

#include "base/err.h"
#include "log.h"
#include "settings/settings.h"

struct loop;

MUST_USE bool loop_open(struct loop **loop, const struct settings *settings, struct log *log,
                        struct err *err);

/* Returns true once a signal has ended the loop, false if Kafka's client has broken down. */
MUST_USE bool loop_run(struct loop *loop, struct err *err);

void loop_close(struct loop *loop);
