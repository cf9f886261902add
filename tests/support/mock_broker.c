/*
 * mock-broker: librdkafka's mock cluster as a program, for the demo and for tests that need no real
 * broker.
 *
 *   mock-broker [--topic NAME:PARTITIONS]...
 *
 * Prints "listening on HOST:PORT" when clients can connect, and runs until SIGTERM or SIGINT, which
 * end it with 0. There is one broker, on an ephemeral port of the loopback address. Records are
 * kept in memory and end with the process. Topics that are not named here are created on first use,
 * with four partitions.
 *
 * Limits of the mock cluster: each partition keeps its newest 5 MiB, no group generation outlives
 * the broker, and there are no ACLs, no quotas and no admin calls.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

enum {
    BROKERS = 1,
    PARTITIONS_MAX = 1000, /* more is a typo */
    TOPIC_BYTES = 250,     /* Kafka allows 249 */
};

static int usage(void)
{
    fprintf(stderr, "usage: mock-broker [--topic NAME:PARTITIONS]...\n");
    return EX_USAGE;
}

/* Splits "NAME:PARTITIONS" and creates the topic. */
static bool create_topic(rd_kafka_mock_cluster_t *cluster, const char *text)
{
    char name[TOPIC_BYTES];
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof(name))
        return false;
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = '\0';

    char *end;
    long partitions = strtol(colon + 1, &end, 10);
    if (*end || end == colon + 1 || partitions < 1 || partitions > PARTITIONS_MAX)
        return false;

    return !rd_kafka_mock_topic_create(cluster, name, (int)partitions, BROKERS);
}

static bool create_topics(rd_kafka_mock_cluster_t *cluster, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--topic") != 0 || i + 1 == argc)
            return false;
        if (!create_topic(cluster, argv[i + 1]))
            return false;
    }
    return true;
}

/* Opens the client handle that the mock cluster needs, and which is otherwise idle. */
static rd_kafka_t *open_handle(void)
{
    char text[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "log_level", "3", text, sizeof(text)); /* errors only */
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (!handle) {
        fprintf(stderr, "mock-broker: %s\n", text);
        rd_kafka_conf_destroy(conf);
    }
    return handle;
}

static int serve(rd_kafka_mock_cluster_t *cluster, const sigset_t *ends, int argc, char **argv)
{
    if (!create_topics(cluster, argc, argv))
        return usage();

    printf("listening on %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);

    int signal_number;
    sigwait(ends, &signal_number);
    return EX_OK;
}

int main(int argc, char **argv)
{
    /* Blocked before any thread exists, so that only sigwait sees them. */
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);

    rd_kafka_t *handle = open_handle();
    if (!handle)
        return EX_SOFTWARE;
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, BROKERS);
    if (!cluster) {
        fprintf(stderr, "mock-broker: could not listen\n");
        rd_kafka_destroy(handle);
        return EX_UNAVAILABLE;
    }

    int status = serve(cluster, &ends, argc, argv);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return status;
}
