#include "engine/job.h"

enum { TOLD_BYTES_MAX = TOKEN_LEN_MAX + 4 * SCOPES_MAX + 64, INPUT_COPY_MAX = CODE_LEN_MAX + 256 };

size_t job_arena_bytes(void)
{
    return INPUT_COPY_MAX + 2 * ROW_BYTES_MAX + TOLD_BYTES_MAX;
}

static struct arena cut(char **bytes, size_t max)
{
    struct arena arena = {.at = *bytes, .max = max};
    *bytes += max;
    return arena;
}

void job_init(struct job *job, char *bytes)
{
    *job = (struct job){
        .state = JOB_FREE,
        .announced_version = VERSION_ABSENT,
        .work.row.version = VERSION_ABSENT,
    };
    job->input_bytes = cut(&bytes, INPUT_COPY_MAX);
    job->row_bytes = cut(&bytes, ROW_BYTES_MAX);
    job->answer_bytes = cut(&bytes, ROW_BYTES_MAX);
    job->told_bytes = cut(&bytes, TOLD_BYTES_MAX);
    link_init(&job->in_state);
    link_init(&job->place.in_frontier);
    for (size_t i = 0; i < LANES_PER_JOB; i++) {
        job->lanes[i].job = job;
        link_init(&job->lanes[i].in_lane);
    }
}

bool job_is_bound(const struct job *job)
{
    return job->work.owes || job->has_stored || job->state == JOB_CALLING ||
           job->state == JOB_STORING;
}

bool job_may_run(const struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        if (!lane_is_headed_by(&job->lanes[i]))
            return false;
    }
    return true;
}

bool job_state_allows(enum job_state from, enum job_state to)
{
#define TO(NAME) (1U << JOB_##NAME)
    static const unsigned allowed[] = {
#define STATE(NAME, next) [JOB_##NAME] = next,
#include "engine/job_states.def"
#undef STATE
    };
#undef TO
    return allowed[from] & (1U << to);
}
