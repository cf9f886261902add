#include "io/kafka/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/clock.h"

static const uint64_t one = 1;

bool kafka_wake_open(struct kafka_wake *wake, int epoll_fd, struct err *err)
{
    wake->may_have_more = false;
    wake->fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake->fd < 0)
        return err_set(err, ERR_UNAVAILABLE, "could not make an eventfd: %s", strerror(errno));
    struct epoll_event readable = {.events = EPOLLIN};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake->fd, &readable))
        return err_set(err, ERR_UNAVAILABLE, "could not watch an eventfd: %s", strerror(errno));
    return true;
}

void kafka_wake_close(struct kafka_wake *wake)
{
    if (wake->fd >= 0)
        (void)close(wake->fd);
    wake->fd = -1;
}

void kafka_wake_watch(struct kafka_wake *wake, rd_kafka_queue_t *queue)
{
    rd_kafka_queue_io_event_enable(queue, wake->fd, &one, sizeof(one));
}

void kafka_wake_sense(struct kafka_wake *wake)
{
    uint64_t rings;
    if (read(wake->fd, &rings, sizeof(rings)) == sizeof(rings))
        wake->may_have_more = true;
}

void kafka_wake_ring(struct kafka_wake *wake)
{
    ssize_t written = write(wake->fd, &one, sizeof(one));
    (void)written; /* fails only if the counter is full, and then it is readable already */
}

int kafka_left_ms(ms_t deadline, int max)
{
    ms_t left = deadline - clock_monotonic_ms();
    if (left < 0)
        return 0;
    return left < max ? (int)left : max;
}
