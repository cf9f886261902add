#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "io/clock.h"
#include "loop/internal.h"

enum {
    CLOSE_LIMIT_MS = 5000,   /* to leave the group and flush, after the drain */
    ABANDON_LIMIT_MS = 2000, /* to park what is left if the drain ran out of time */
};

static void read_clock(struct loop *loop)
{
    loop->now = clock_monotonic_ms();
    loop->wall_ms = clock_wall_ms();
}

static bool watch(struct loop *loop, int fd, struct err *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    return err_set(err, ERR_BUG, "could not watch a descriptor: %s", strerror(errno));
}

static bool open_engine(struct loop *loop, struct err *err)
{
    const struct settings *settings = loop->settings;
    struct engine_limits limits = {
        .jobs_max = (size_t)settings->worker_in_flight_max,
        .hold_max_ms = settings->worker_hold_max_ms,
        .give_up_after_ms = settings->worker_give_up_after_ms,
        .quota_wait_ms = settings->wechat_quota_wait_ms,
        .late_effect_ms = settings->wechat_late_effect_ms,
    };
    uint64_t chance[2];
    if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
        return err_set(err, ERR_UNAVAILABLE, "could not draw random numbers: %s", strerror(errno));
    limits.writer = chance[0] ? chance[0] : 1; /* 0 means "none" in a row */
    limits.seed = chance[1];

    /* Mapped rather than allocated, so that pages which no job has touched cost nothing. */
    loop->memory_bytes = engine_bytes(&limits);
    void *memory = mmap(NULL, loop->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return err_set(err, ERR_UNAVAILABLE,
                       "could not map %zu bytes for worker.in_flight_max jobs: %s",
                       loop->memory_bytes, strerror(errno));
    loop->memory = memory;
    engine_init(&loop->engine, &limits, memory);
    return true;
}

static bool open_kafka(struct loop *loop, struct err *err)
{
    struct kafka_wiring wiring;
    wire_kafka(&wiring, loop->settings);
    return kafka_open(&loop->kafka, &wiring.kafka, err);
}

static bool open_http(struct loop *loop, struct err *err)
{
    struct http_settings settings = http_settings_of(loop->settings);
    return http_open(&loop->http, &settings, err);
}

static bool open_admin(struct loop *loop, struct err *err)
{
    if (!*loop->settings->admin_listen)
        return true;
    struct admin_source source = {.context = loop, .ready = loop_is_ready};
    return admin_open(&loop->admin, loop->settings->admin_listen, &source, err) &&
           watch(loop, admin_fd(loop->admin), err);
}

static bool open_signals(struct loop *loop, struct err *err)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    loop->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->signal_fd >= 0)
        return true;
    return err_set(err, ERR_UNAVAILABLE, "could not listen for signals: %s", strerror(errno));
}

static struct str dead_letter_topic(const char *topic, const char *suffix)
{
    char *name = NULL;
    int len = asprintf(&name, "%s%s", topic, suffix);
    assert(len >= 0);
    return (struct str){.at = name, .len = (size_t)len};
}

static void name_topics(struct loop *loop)
{
    const struct settings *settings = loop->settings;
    for (size_t kind = 0; kind < INPUT_KINDS; kind++) {
        const char *topic = input_topic_of(settings, (enum input_kind)kind);
        loop->topics[kind].input = str_of(topic);
        loop->topics[kind].dead_letters = dead_letter_topic(topic,
                                                            settings->topics_dead_letter_suffix);
    }
}

static bool open_all(struct loop *loop, struct err *err)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return err_set(err, ERR_UNAVAILABLE, "could not make an epoll: %s", strerror(errno));
    return open_signals(loop, err) && open_engine(loop, err) && open_http(loop, err) &&
           postgres_open(&loop->postgres, loop->settings->postgres_url, err) &&
           open_kafka(loop, err) && watch(loop, loop->signal_fd, err) &&
           watch(loop, http_fd(loop->http), err) && watch(loop, postgres_fd(loop->postgres), err) &&
           watch(loop, kafka_fd(loop->kafka), err) && open_admin(loop, err);
}

bool loop_open(struct loop **opened, const struct settings *settings, struct log *log,
               struct err *err)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    assert(loop != NULL);
    loop->settings = settings;
    loop->log = log;
    loop->epoll_fd = loop->signal_fd = -1;
    list_init(&loop->assignments);
    name_topics(loop);
    read_clock(loop);
    if (!open_all(loop, err)) {
        loop_close(loop);
        return false;
    }
    *opened = loop;
    return true;
}

static void free_record(void *context, struct job *job)
{
    (void)context;
    free(job->record);
}

void loop_close(struct loop *loop)
{
    if (!loop)
        return;
    admin_close(loop->admin);
    http_close(loop->http);
    postgres_close(loop->postgres);
    kafka_close(loop->kafka, loop->phase == LOOP_ENDING ? 0 : CLOSE_LIMIT_MS);
    if (loop->memory) {
        engine_visit(&loop->engine, free_record, NULL);
        (void)munmap(loop->memory, loop->memory_bytes);
    }
    loop_free_assignments(loop);
    for (size_t kind = 0; kind < INPUT_KINDS; kind++)
        free((char *)loop->topics[kind].dead_letters.at);
    closep(&loop->signal_fd);
    closep(&loop->epoll_fd);
    free(loop);
}

static void take_signals(struct loop *loop)
{
    struct signalfd_siginfo signal;
    while (read(loop->signal_fd, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        if (loop->phase != LOOP_WORKING) {
            LOG(loop->log, LEVEL_WARN, "asked again to end, ending at once");
            loop->phase = LOOP_ENDING;
            continue;
        }
        LOG(loop->log, LEVEL_INFO, "asked to end, draining",
            LOG_INT("in_flight", (int64_t)engine_count(&loop->engine)),
            LOG_INT("timeout_ms", loop->settings->worker_drain_timeout_ms));
        loop->phase = LOOP_DRAINING;
        loop->phase_end = loop->now + loop->settings->worker_drain_timeout_ms;
    }
}

static void begin_to_abandon(struct loop *loop)
{
    LOG(loop->log, LEVEL_WARN,
        "ran out of time to drain, parking what owes a write or lies behind finished work",
        LOG_INT("left", (int64_t)engine_count(&loop->engine)));
    loop->phase = LOOP_ABANDONING;
    /* Nobody reads these two any more. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, http_fd(loop->http), NULL);
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, kafka_fd(loop->kafka), NULL);
    loop->phase_end = loop->now + ABANDON_LIMIT_MS;
    loop_step(loop, (struct event){.kind = EVENT_DEADLINE});
}

static void drain(struct loop *loop)
{
    if (loop->phase != LOOP_DRAINING)
        return;
    loop_drain_all(loop);
    if (loop->now >= loop->phase_end)
        begin_to_abandon(loop);
}

static bool has_abandoned(const struct loop *loop)
{
    if (loop->phase == LOOP_ABANDONING)
        return !engine_owes_parking(&loop->engine) || loop->now >= loop->phase_end;
    return loop->phase == LOOP_ENDING;
}

static bool has_finished(const struct loop *loop)
{
    return loop->breakdown.has_happened || has_abandoned(loop) ||
           (loop->phase == LOOP_DRAINING && engine_count(&loop->engine) == 0);
}

/* Takes what has come back. When the loop abandons, it listens only to the database: all else is
 * for jobs that are already parked. */
static void take_what_came_back(struct loop *loop)
{
    loop_take_rows(loop);
    if (loop->phase == LOOP_ABANDONING)
        return;
    loop_take_control(loop);
    loop_take_answers(loop);
    loop_take_reports(loop);
    loop_step(loop, (struct event){.kind = EVENT_TICK});
}

/* Everything that has come back goes in before anything goes out, so that a batch holds all that is
 * known. */
static void loop_once(struct loop *loop)
{
    read_clock(loop);
    take_signals(loop);
    take_what_came_back(loop);
    drain(loop);
    loop_release_ended(loop);
    loop_claim_due(loop);
    loop_take_records(loop);

    loop_send_messages(loop);
    loop_send_batch(loop);
    loop_send_calls(loop);
    loop_release_ended(loop);
    loop_store_offsets(loop);
    loop_finish_revoke(loop);
    loop_log_connection(loop);
}

static ms_t earlier(ms_t a, ms_t b)
{
    return a < b ? a : b;
}

static int wait_ms(const struct loop *loop)
{
    enum { LONGEST_MS = 1000 };
    ms_t due = engine_due(&loop->engine);
    if (loop->phase == LOOP_DRAINING || loop->phase == LOOP_ABANDONING)
        due = earlier(due, loop->phase_end);
    if (loop->revoke.is_under_way)
        due = earlier(due, loop->revoke.end);
    ms_t span = due == TIME_NEVER ? LONGEST_MS : due - clock_monotonic_ms();
    return (int)(span < 0 ? 0 : earlier(span, LONGEST_MS));
}

/* Runs the admin address if its descriptor is readable, and once a second for connections that stay
 * silent. */
static void run_admin(struct loop *loop, const struct epoll_event *events, int count)
{
    bool rings = false;
    if (!loop->admin)
        return;
    for (int i = 0; i < count; i++)
        rings |= events[i].data.fd == admin_fd(loop->admin);
    if (!rings && loop->now < loop->admin_next)
        return;
    loop->admin_next = loop->now + MS_PER_S;
    admin_run(loop->admin);
}

static void log_end(struct loop *loop)
{
    int64_t left = (int64_t)engine_count(&loop->engine);
    if (loop->phase == LOOP_DRAINING || left == 0)
        LOG(loop->log, LEVEL_INFO, "drained", LOG_INT("left", left));
    else
        LOG(loop->log, LEVEL_WARN, "not drained, what is left holds its offsets and is read again",
            LOG_INT("left", left));
}

bool loop_run(struct loop *loop, struct err *err)
{
    enum { DESCRIPTORS = 5 };
    struct epoll_event events[DESCRIPTORS];
    LOG(loop->log, LEVEL_INFO, "working",
        LOG_INT("in_flight_max", loop->settings->worker_in_flight_max));
    for (;;) {
        loop_once(loop);
        if (has_finished(loop))
            break;
        run_admin(loop, events, epoll_wait(loop->epoll_fd, events, DESCRIPTORS, wait_ms(loop)));
    }
    if (loop->breakdown.has_happened)
        *err = loop->breakdown.err;
    else
        log_end(loop);
    return !loop->breakdown.has_happened;
}
