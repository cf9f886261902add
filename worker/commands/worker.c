#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

#include "commands/command.h"
#include "io/clock.h"
#include "io/postgres/schema.h"
#include "loop/loop.h"
#include "loop/wiring.h"

enum {
    START_LIMIT_MS = 60000, /* the process ends if a service is unreachable for this long */
    START_PAUSE_S = 1,
    KAFKA_TRY_MS = 5000,
};

/* A thousand calls in flight are a thousand sockets, so the limit is raised as far as it may be. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Blocks the signals before any thread exists, so that only the loop takes them. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signals;
}

static bool try_database(const struct settings *settings, struct err *err)
{
    return schema_check(settings->postgres_url, err);
}

static bool try_kafka(const struct settings *settings, struct err *err)
{
    struct kafka_wiring wiring;
    wire_kafka(&wiring, settings);
    return kafka_check(&wiring.kafka, NULL, 0, KAFKA_TRY_MS, err);
}

struct start {
    const struct settings *settings;
    struct log *log;
    sigset_t signals;
    ms_t end; /* when the wait for all services ends */
};

/* Waits for a service. A signal ends the wait with ERR_NONE. */
static bool await(const struct start *start,
                  bool (*try)(const struct settings *settings, struct err *err), struct err *err)
{
    const struct timespec pause = {.tv_sec = START_PAUSE_S};
    while (!try(start->settings, err)) {
        if (err->kind != ERR_UNAVAILABLE || clock_monotonic_ms() >= start->end)
            return false;
        LOG(start->log, LEVEL_WARN, "a service is not reachable, retrying",
            LOG_TEXT("detail", err->text));
        if (sigtimedwait(&start->signals, NULL, &pause) > 0)
            return err_set(err, ERR_NONE, "asked to end");
    }
    return true;
}

/* Checks what no waiting can fix. */
static bool try_properties(const struct settings *settings, struct err *err)
{
    struct kafka_wiring wiring;
    wire_kafka(&wiring, settings);
    return kafka_check_properties(&wiring.kafka, err);
}

static bool run(const struct settings *settings, struct log *log, struct err *err)
{
    struct loop *loop;
    if (!loop_open(&loop, settings, log, err))
        return false;
    bool is_drained = loop_run(loop, err);
    loop_close(loop);
    return is_drained;
}

int command_worker(const struct settings *settings)
{
    struct log log;
    log_init(&log, settings->log_level, settings->log_format);
    raise_descriptor_limit();
    struct start start = {
        .settings = settings,
        .log = &log,
        .signals = block_signals(),
        .end = clock_monotonic_ms() + START_LIMIT_MS,
    };

    struct err err = {.kind = ERR_NONE};
    bool is_ok = try_properties(settings, &err) && await(&start, try_database, &err) &&
                 await(&start, try_kafka, &err) && run(settings, &log, &err);
    if (is_ok || err.kind == ERR_NONE)
        return EX_OK;
    LOG(&log, LEVEL_ERROR, "ending", LOG_TEXT("reason", err.text));
    return err_exit_status(&err);
}
