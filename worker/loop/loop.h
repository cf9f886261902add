/*
 * The loop: the only place that waits. It takes what came back, decodes it into the engine, takes the engine's effects,
 * encodes them and hands them to the adapters.
 *
 * One thread. SIGTERM and SIGINT (blocked by the caller before any thread exists) drain it within worker.drain_timeout_ms:
 * what has begun is finished, the rest is returned; a second one ends it at once. Ownership: loop_open's result ends with
 * loop_close; settings and log are borrowed. Errors: ERR_UNAVAILABLE, ERR_CONFIG at open; ERR_UNAVAILABLE where Kafka's
 * client has broken down for good, so that the supervisor starts the process anew.
 */
#pragma once

#include "base/err.h"
#include "log.h"
#include "settings/settings.h"

struct loop;

MUST_USE bool loop_open(struct loop **loop, const struct settings *settings, struct log *log,
                        struct err *err);

/* Until it has drained (true) or broken down (false). */
MUST_USE bool loop_run(struct loop *loop, struct err *err);

void loop_close(struct loop *loop);
