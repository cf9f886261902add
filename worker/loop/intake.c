#include <stdlib.h>

#include "loop/internal.h"
#include "wire/input_event.h"

void loop_start_job(struct loop *loop, struct partition *partition, struct record *record,
                    const struct parked *parked)
{
    struct input_rules rules = {.topic_kind = (enum input_kind)record->topic_at};
    (void)appid_set(&rules.component, str_of(loop->settings->component_appid));
    char bytes[INPUT_BYTES_MAX];
    struct arena scratch = {.at = bytes, .max = sizeof(bytes)};
    struct input input;
    struct dead dead;
    bool is_decoded = input_event_decode(&input, &scratch, record, &rules, &dead);
    loop_step(loop, (struct event){
                        .kind = EVENT_RECORD,
                        .record.partition = partition,
                        .record.parked = parked,
                        .record.record = record,
                        .record.input = is_decoded ? &input : NULL,
                        .record.dead = is_decoded ? NULL : &dead,
                    });
}

/* Offsets go back if the log was cut or the topic was made again. What is in flight belongs to the
 * records that were there before. */
static struct assignment *follow_back(struct loop *loop, struct assignment *assignment,
                                      const struct origin *origin)
{
    LOG(loop->log, LEVEL_WARN, "offsets of a partition begin anew, following",
        LOG_STR("topic", origin->topic), LOG_INT("partition", origin->partition),
        LOG_INT("offset", origin->offset));
    return loop_replace_assignment(loop, assignment);
}

/* The offset of a record that is not taken in is not committed, so the next owner of the partition
 * reads the record. */
static void take_in(struct loop *loop, struct record *record)
{
    struct kafka_partition id = {
        .topic_at = record->topic_at,
        .partition = record->origin.partition,
    };
    struct assignment *assignment = loop_find_assignment(loop, id);
    if (!assignment || assignment->partition.is_draining) {
        free(record);
        return;
    }
    if (record->origin.offset < assignment->partition.frontier.next)
        assignment = follow_back(loop, assignment, &record->origin);
    loop_start_job(loop, &assignment->partition, record, NULL);
}

static size_t records_room(const struct loop *loop)
{
    if (loop->phase != LOOP_WORKING || loop->breakdown.has_happened)
        return 0;
    size_t room = engine_room(&loop->engine);
    size_t kept = loop->due.is_asked ? loop->due.asked - loop->due.claimed : 0;
    room = room > kept ? room - kept : 0;
    return room < LOOP_BATCH ? room : LOOP_BATCH;
}

/* Runs even if there is no room: the adapter then clears its eventfd and remembers the records, so
 * that epoll does not spin. */
void loop_take_records(struct loop *loop)
{
    struct record *records[LOOP_BATCH];
    size_t count;
    do {
        count = kafka_take_records(loop->kafka, records, records_room(loop));
        for (size_t i = 0; i < count; i++)
            take_in(loop, records[i]);
    } while (count);
}
