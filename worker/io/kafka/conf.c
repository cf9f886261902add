#include "io/kafka/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

/* Defaults, which the user's properties override. */
static const struct kafka_property defaults_of_both[] = {
    {"topic.metadata.refresh.interval.ms", "30000"}, /* a new topic is seen within 30 s */
    {"allow.auto.create.topics", "false"},
    {"log_level", "4"}, /* warnings */
};

static const struct kafka_property consumer_defaults[] = {
    {"group.id", "wxtoken"},
    {"auto.offset.reset", "earliest"},
    {"auto.commit.interval.ms", "250"},
    {"fetch.min.bytes", "20000"}, /* one fetch per record costs five times the CPU */
    {"fetch.wait.max.ms", "10"},  /* the longest wait for those bytes */
    /* At least one second of consumption at 20,000/s: librdkafka looks at a full queue again only
     * after up to a second. */
    {"queued.min.messages", "20000"},
    {"queued.max.messages.kbytes", "16384"},
    {"statistics.interval.ms", "1000"}, /* nothing else says whether a broker is connected */
};

static const struct kafka_property producer_defaults[] = {
    {"linger.ms", "5"},
    {"message.max.bytes", "16777216"}, /* a dead letter is as large as the record that it repeats */
    /* Far below any topic's max.message.bytes: a broker refuses a larger batch, and with it every
     * message in it. */
    {"batch.size", "65536"},
    {"topic.metadata.propagation.max.ms", "5000"}, /* after that, a topic is missing */
    {"queue.buffering.max.messages", "10000"},
    {"queue.buffering.max.kbytes", "65536"},
};

/* The guarantees depend on these, so nothing overrides them. */
static const struct kafka_property forced_for_both[] = {
    {"log.queue", "true"}, /* librdkafka prints nothing itself */
};

static const struct kafka_property forced_for_consumer[] = {
    {"enable.auto.commit", "true"}, /* commits stored offsets; we store what is finished */
    {"enable.auto.offset.store", "false"},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"group.protocol", "classic"},
};

static const struct kafka_property forced_for_producer[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"message.timeout.ms", "0"}, /* a time-out would leave a gap */
    {"partitioner", "murmur2_random"},
    {"delivery.report.only.error", "false"}, /* a job waits for each report */
};

/* Our own properties are valid by construction. An older librdkafka may not know one of them, but
 * then it cannot behave in any other way. */
static void set_ours(rd_kafka_conf_t *conf, const struct kafka_property *properties, size_t count)
{
    char detail[200];
    for (size_t i = 0; i < count; i++) {
        rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, properties[i].name,
                                                       properties[i].value, detail, sizeof(detail));
        assert(result != RD_KAFKA_CONF_INVALID);
    }
}

/* The host name and the pid say where the client runs. The random number makes the id unique: two
 * containers may share host name and pid. */
static void set_client_id(rd_kafka_conf_t *conf)
{
    char host[65] = "";
    (void)gethostname(host, sizeof(host) - 1); /* if cut or empty, the rest is unique enough */
    uint64_t chance = 0;
    ssize_t drawn = getrandom(&chance, sizeof(chance), 0);
    assert(drawn == sizeof(chance)); /* so few bytes are never cut short */
    char id[128];
    struct text text = TEXT_IN(id);
    text_format(&text, "%s-%d-%016" PRIx64, host, (int)getpid(), chance);
    set_ours(conf, &(struct kafka_property){"client.id", text_terminated(&text)}, 1);
}

/* Sets the user's properties. One sentence names all that are wrong. Consumer and producer get the
 * same properties, and each ignores those of the other. */
static bool set_users(rd_kafka_conf_t *conf, const struct kafka_settings *settings, struct err *err)
{
    char wrong[sizeof(err->text)];
    struct text text = TEXT_IN(wrong);
    for (size_t i = 0; i < settings->property_count; i++) {
        const struct kafka_property *property = &settings->properties[i];
        char detail[200];
        if (strcmp(property->name, "transactional.id") == 0)
            snprintf(detail, sizeof(detail), "announcements are no transactions");
        else if (!rd_kafka_conf_set(conf, property->name, property->value, detail, sizeof(detail)))
            continue;
        text_format(&text, "%skafka.%s: %s", text.len ? "; " : "", property->name, detail);
    }
    return text.len == 0 || err_set(err, ERR_CONFIG, "%s", text_terminated(&text));
}

static bool has_brokers(const rd_kafka_conf_t *conf)
{
    size_t bytes = 0; /* includes the terminator */
    return rd_kafka_conf_get(conf, "bootstrap.servers", NULL, &bytes) == RD_KAFKA_CONF_OK &&
           bytes > 1;
}

/* The differences between consumer and producer. */
struct side {
    const struct kafka_property *defaults, *forced;
    size_t default_count, forced_count;
    int events;
};

/* Sets our defaults, then the user's properties, then those that the guarantees depend on. */
static bool make(rd_kafka_conf_t **conf, const struct side *side,
                 const struct kafka_settings *settings, struct err *err)
{
    CLEANUP(kafka_conf_destroyp) rd_kafka_conf_t *made = rd_kafka_conf_new();
    set_client_id(made);
    set_ours(made, defaults_of_both, COUNT_OF(defaults_of_both));
    set_ours(made, side->defaults, side->default_count);
    if (!set_users(made, settings, err))
        return false;
    if (!has_brokers(made))
        return err_set(err, ERR_CONFIG, "kafka.bootstrap.servers is not set");
    set_ours(made, forced_for_both, COUNT_OF(forced_for_both));
    set_ours(made, side->forced, side->forced_count);
    rd_kafka_conf_set_events(made, side->events | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    *conf = TAKE(made);
    return true;
}

bool kafka_conf_consumer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                         struct err *err)
{
    const struct side consumer = {
        .defaults = consumer_defaults,
        .default_count = COUNT_OF(consumer_defaults),
        .forced = forced_for_consumer,
        .forced_count = COUNT_OF(forced_for_consumer),
        .events = RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS,
    };
    return make(conf, &consumer, settings, err);
}

bool kafka_conf_producer(rd_kafka_conf_t **conf, const struct kafka_settings *settings,
                         struct err *err)
{
    const struct side producer = {
        .defaults = producer_defaults,
        .default_count = COUNT_OF(producer_defaults),
        .forced = forced_for_producer,
        .forced_count = COUNT_OF(forced_for_producer),
        .events = RD_KAFKA_EVENT_DR,
    };
    return make(conf, &producer, settings, err);
}

void kafka_conf_destroyp(rd_kafka_conf_t **conf)
{
    if (*conf)
        rd_kafka_conf_destroy(*conf);
}

bool kafka_client_open(rd_kafka_t **client, rd_kafka_type_t type, rd_kafka_conf_t **conf,
                       struct err *err)
{
    char detail[300];
    rd_kafka_t *opened = rd_kafka_new(type, *conf, detail, sizeof(detail));
    if (!opened)
        return err_set(err, ERR_CONFIG, "cannot use the settings of Kafka: %s", detail);
    *conf = NULL; /* the client owns it now */
    *client = opened;
    return true;
}
