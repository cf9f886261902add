#include "io/kafka/kafka.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "io/clock.h"
#include "io/kafka/internal.h"

enum {
    TIMER_MS_MAX = 30 * MS_PER_S,
    TIMER_MS_MIN = 100,
    CLOSE_STEP_MS = 50, /* between two checks whether the consumer is closed */
    UNOPENED_MS = 1000, /* more than enough to close a consumer that has joined no group */
};

static bool open_wakes(struct kafka *k, struct err *err)
{
    k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (k->epoll_fd < 0)
        return err_set(err, ERR_UNAVAILABLE, "could not make an epoll descriptor: %s",
                       strerror(errno));
    return kafka_wake_open(&k->control_wake, k->epoll_fd, err) &&
           kafka_wake_open(&k->records_wake, k->epoll_fd, err) &&
           kafka_wake_open(&k->reports_wake, k->epoll_fd, err);
}

static ms_t poll_interval_ms(rd_kafka_t *consumer)
{
    char text[32];
    size_t bytes = sizeof(text);
    rd_kafka_conf_res_t result = rd_kafka_conf_get(rd_kafka_conf(consumer), "max.poll.interval.ms",
                                                   text, &bytes);
    assert(result == RD_KAFKA_CONF_OK);
    return strtol(text, NULL, 10); /* librdkafka has written the number */
}

/* The timer rings at least four times within max.poll.interval.ms, the longest silence that
 * librdkafka allows. */
static bool open_timer(struct kafka *k, struct err *err)
{
    ms_t every = poll_interval_ms(k->consumer) / 4;
    if (every > TIMER_MS_MAX)
        every = TIMER_MS_MAX;
    if (every < TIMER_MS_MIN)
        every = TIMER_MS_MIN;
    const struct timespec span = {.tv_sec = every / MS_PER_S,
                                  .tv_nsec = every % MS_PER_S * 1000000};
    const struct itimerspec times = {.it_interval = span, .it_value = span};

    k->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event readable = {.events = EPOLLIN};
    if (k->timer_fd < 0 || timerfd_settime(k->timer_fd, 0, &times, NULL) ||
        epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, k->timer_fd, &readable))
        return err_set(err, ERR_UNAVAILABLE, "could not make a timer: %s", strerror(errno));
    return true;
}

static bool open_consumer(struct kafka *k, const struct kafka_settings *settings, struct err *err)
{
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *conf = NULL;
    if (!kafka_conf_consumer(&conf, settings, err))
        return false;
    if (!kafka_client_open(&k->consumer, RD_KAFKA_CONSUMER, &conf, err))
        return false;

    (void)rd_kafka_poll_set_consumer(k->consumer); /* cannot fail for a consumer */
    k->control = rd_kafka_queue_get_consumer(k->consumer);
    k->records = rd_kafka_queue_new(k->consumer);
    (void)rd_kafka_set_log_queue(k->consumer, k->control); /* cannot fail: log.queue is on */
    kafka_wake_watch(&k->control_wake, k->control);
    kafka_wake_watch(&k->records_wake, k->records);
    return true;
}

static bool open_producer(struct kafka *k, const struct kafka_settings *settings, struct err *err)
{
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *conf = NULL;
    if (!kafka_conf_producer(&conf, settings, err))
        return false;
    if (!kafka_client_open(&k->producer, RD_KAFKA_PRODUCER, &conf, err))
        return false;

    k->reports = rd_kafka_queue_get_main(k->producer);
    (void)rd_kafka_set_log_queue(k->producer, NULL); /* NULL: the main queue; cannot fail */
    kafka_wake_watch(&k->reports_wake, k->reports);
    return true;
}

static bool subscribe(struct kafka *k, struct err *err)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(
        (int)k->topic_count);
    for (size_t i = 0; i < k->topic_count; i++)
        (void)rd_kafka_topic_partition_list_add(topics, k->topics[i].at, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(k->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return !error ||
           err_set(err, ERR_CONFIG, "cannot subscribe to the topics: %s", rd_kafka_err2str(error));
}

bool kafka_open(struct kafka **kafka, const struct kafka_settings *settings, struct err *err)
{
    struct kafka *k = calloc(1, sizeof(*k));
    if (!k)
        return err_set(err, ERR_UNAVAILABLE, "no memory for Kafka");
    k->epoll_fd = k->timer_fd = -1;
    k->control_wake.fd = k->records_wake.fd = k->reports_wake.fd = -1;
    if (!kafka_topics_open(k, settings, err) || !open_wakes(k, err) ||
        !open_consumer(k, settings, err) || !open_timer(k, err) ||
        !open_producer(k, settings, err) || !subscribe(k, err)) {
        kafka_close(k, UNOPENED_MS);
        return false;
    }
    *kafka = k;
    return true;
}

int kafka_fd(const struct kafka *kafka)
{
    return kafka->epoll_fd;
}

/* Answers the rebalance. An error does not stop the close, and nobody is left to report it to. */
static void answer(struct kafka *k)
{
    struct err ignored;
    bool is_answered = k->rebalance_kind == KAFKA_ASSIGN ? kafka_assign(k, &ignored)
                                                         : kafka_unassign(k, &ignored);
    (void)is_answered;
}

/* Returns false if the consumer is still closing at the deadline. */
static bool leave_group(struct kafka *k, ms_t deadline)
{
    if (k->rebalance)
        answer(k);
    /* The close needs a queue of its own: librdkafka forwards the control queue to the queue given
     * here, which cannot be the control queue itself. */
    rd_kafka_queue_t *last = rd_kafka_queue_new(k->consumer);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(k->consumer, last);
    bool is_closing = !error;
    rd_kafka_error_destroy(error);

    while (is_closing && !rd_kafka_consumer_closed(k->consumer) && kafka_left_ms(deadline, 1) > 0) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(last, kafka_left_ms(deadline, CLOSE_STEP_MS));
        if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_REBALANCE) {
            rd_kafka_event_destroy(event);
            continue;
        }
        kafka_rebalance_begin(k, event);
        answer(k);
    }
    rd_kafka_queue_destroy(last);
    return !is_closing || rd_kafka_consumer_closed(k->consumer);
}

/* rd_kafka_flush would only wait: it does not take delivery reports that come as events. */
static void flush(struct kafka *k, ms_t deadline)
{
    while (rd_kafka_outq_len(k->producer) > 0 && kafka_left_ms(deadline, 1) > 0)
        rd_kafka_event_destroy(
            rd_kafka_queue_poll(k->reports, kafka_left_ms(deadline, CLOSE_STEP_MS)));
}

/* Stops the ringing first, because the descriptor is about to be closed. */
static void close_queue(rd_kafka_queue_t *queue)
{
    if (!queue)
        return;
    rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
    rd_kafka_queue_destroy(queue);
}

/* Before librdkafka 2.3.0, a consumer with cooperative-sticky must not be destroyed between joining
 * its group and its first assignment: librdkafka fails an assertion of its own (#4312). */
static bool may_destroy(const struct kafka *k)
{
    enum { MENDED = 0x02030000 };
    return k->was_assigned || rd_kafka_version() >= MENDED;
}

/* Queues and events hold a reference to their client, so they are destroyed first. */
static void close_consumer(struct kafka *k, ms_t deadline)
{
    bool is_left = !k->consumer || leave_group(k, deadline);
    rd_kafka_event_destroy(k->rebalance);
    close_queue(k->records);
    close_queue(k->control);
    /* Without a broker, destroying the consumer would wait a session time-out for a last commit.
     * The end of the process comes sooner. */
    if (k->consumer && is_left && may_destroy(k))
        rd_kafka_destroy_flags(k->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void close_producer(struct kafka *k, ms_t deadline)
{
    if (k->producer)
        flush(k, deadline);
    rd_kafka_event_destroy(k->delivered);
    for (size_t i = 0; i < k->output_count; i++)
        rd_kafka_topic_destroy(k->outputs[i]);
    close_queue(k->reports);
    if (k->producer)
        rd_kafka_destroy(k->producer);
}

void kafka_close(struct kafka *kafka, ms_t limit_ms)
{
    if (!kafka)
        return;
    ms_t deadline = clock_monotonic_ms() + limit_ms;
    close_consumer(kafka, deadline);
    close_producer(kafka, deadline);
    kafka_wake_close(&kafka->control_wake);
    kafka_wake_close(&kafka->records_wake);
    kafka_wake_close(&kafka->reports_wake);
    closep(&kafka->timer_fd);
    closep(&kafka->epoll_fd);
    free(kafka->partitions);
    free(kafka->topics);
    free(kafka);
}
