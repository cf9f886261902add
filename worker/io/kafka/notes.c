#include "io/kafka/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void kafka_note(struct kafka *kafka, const char *format, ...)
{
    if (kafka->note_count == NOTES_MAX)
        return;
    char *note = kafka->notes[(kafka->note_at + kafka->note_count++) % NOTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note, sizeof(kafka->notes[0]), format, arguments);
    va_end(arguments);
    kafka_wake_ring(&kafka->control_wake);
}

static void note_log_line(struct kafka *k, rd_kafka_event_t *event)
{
    const char *about, *line;
    int level;
    if (rd_kafka_event_log(event, &about, &line, &level))
        return;
    if (strcmp(about, "CONFWARN") == 0)
        return; /* for example: the producer was given a property of the consumer */
    kafka_note(k, "%s: %s", about, line);
}

static void note_error(struct kafka *k, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return; /* kafka_take_event asks for fatal errors itself */
    kafka_note(k, "%s: %s", rd_kafka_err2name(error), rd_kafka_event_error_string(event));
}

static void note_commit(struct kafka *k, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (error && error != RD_KAFKA_RESP_ERR__NO_OFFSET)
        kafka_note(k, "could not commit offsets: %s", rd_kafka_err2str(error));
}

/* Only a broker's state is "UP": the group's states are in lower case. */
static void note_statistics(struct kafka *k, rd_kafka_event_t *event)
{
    k->has_statistics = true;
    k->is_connected = strstr(rd_kafka_event_stats(event), "\"state\":\"UP\"");
}

void kafka_note_event(struct kafka *kafka, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_LOG:
        note_log_line(kafka, event);
        return;
    case RD_KAFKA_EVENT_ERROR:
        note_error(kafka, event);
        return;
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
        note_commit(kafka, event);
        return;
    case RD_KAFKA_EVENT_STATS:
        note_statistics(kafka, event);
        return;
    default:
        return;
    }
}

bool kafka_take_note(struct kafka *kafka, struct kafka_event *event)
{
    if (kafka->note_count == 0)
        return false;
    event->kind = KAFKA_ERROR;
    memcpy(event->detail, kafka->notes[kafka->note_at], sizeof(event->detail));
    kafka->note_at = (kafka->note_at + 1) % NOTES_MAX;
    kafka->note_count--;
    return true;
}
