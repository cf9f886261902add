#include "engine/job.h"

enum {
    REPORTED_BYTES_MAX = TOKEN_LEN_MAX + 4 * SCOPES_MAX + 64,
    INPUT_COPY_MAX = CODE_LEN_MAX + 256
};

size_t job_arena_bytes(void)
{
    return INPUT_COPY_MAX + 2 * ROW_BYTES_MAX + REPORTED_BYTES_MAX;
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
        .gated_since = JOB_NOT_GATED,
        .work.row.version = VERSION_ABSENT,
        .work.inquiry.exhausted_version = INQUIRY_NEVER,
    };
    job->input_bytes = cut(&bytes, INPUT_COPY_MAX);
    job->row_bytes = cut(&bytes, ROW_BYTES_MAX);
    job->answer_bytes = cut(&bytes, ROW_BYTES_MAX);
    job->reported_bytes = cut(&bytes, REPORTED_BYTES_MAX);
    link_init(&job->in_state);
    link_init(&job->in_claimed);
    link_init(&job->place.in_frontier);
    for (size_t i = 0; i < LANES_PER_JOB; i++) {
        job->lanes[i].job = job;
        link_init(&job->lanes[i].in_lane);
    }
}

bool job_is_bound(const struct job *job)
{
    return job->work.owes || job->work.is_late_debt || job->has_stored ||
           job->state == JOB_CALLING || job->state == JOB_STORING;
}

bool job_may_be_parked(const struct job *job)
{
    return !job->has_stored && !job->is_unparkable;
}

bool job_asks_parked(const struct job *job)
{
    return job->partition && job->calls == 0 && !job->has_stored;
}

static bool is_refresh(const struct job *job)
{
    return job->handler && job->handler->is_refresh;
}

bool job_asks_served(const struct job *job)
{
    return is_refresh(job) && job->calls == 0 && !job->work.owes;
}

void job_save(struct job *job)
{
    struct work *work = &job->work;
    if (work->is_late_debt && work->owes)
        work_owe_until(work, work->wall_ms); /* its own call is newer than what it owed before */
    job->parked = (struct parked){
        .first_seen_ms = work->first_seen_ms,
        .failing_since_ms = job->failing_since_ms,
        .tries = job->tries,
        .owes = work->owes || work->is_late_debt,
        .authorizer = work->input.authorizer,
        .code_has_answered = work->code_has_answered,
        .inquiry = work->inquiry,
        .late_until_s = work->late_until_s,
        .is_late_debt = work->is_late_debt,
        .doubted_since_ms = job->doubted_since_ms,
        .serves_version = is_refresh(job) ? work->input.version : SERVES_NONE,
    };
    if (work->inquiry.exhausted_version == INQUIRY_NEVER) {
        job->parked.inquiry.exhausted_at_ms = 0;
        /* The token may have been refused on another version of the row. */
        job->parked.inquiry.refused_token = 0;
    }
}

void job_restore(struct job *job, const struct parked *parked)
{
    struct work *work = &job->work;
    job->revision = parked->revision;
    job->failing_since_ms = parked->failing_since_ms;
    job->doubted_since_ms = parked->doubted_since_ms;
    job->tries = parked->tries;
    work->first_seen_ms = parked->first_seen_ms;
    work->parked_at_us = parked->parked_at_us;
    work->owes = parked->owes;
    work->code_has_answered = parked->code_has_answered;
    work->inquiry = parked->inquiry;
    work->refused_version = parked->inquiry.exhausted_version;
    work->late_until_s = parked->late_until_s;
    if (!appid_is_known(&work->input.authorizer))
        work->input.authorizer = parked->authorizer;
    if (parked->is_late_debt)
        job_become_late_debt(job);
}

/* The code is forgotten, because a debt enters no lane of a code and finds its row by name. */
void job_become_late_debt(struct job *job)
{
    struct work *work = &job->work;
    work->owes = false;
    work->is_late_debt = true;
    work->input.code = (struct str){0};
    job->handler = handler_of_late_debt();
}

bool job_has_begun(const struct job *job)
{
    for (size_t i = 0; i < job->lane_count; i++) {
        if (!job->lanes[i].is_running)
            return false;
    }
    return true;
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
#define STATE(NAME, next, invariant) [JOB_##NAME] = next,
#include "engine/job_states.def"
#undef STATE
    };
#undef TO
    return allowed[from] & (1U << to);
}

bool job_keeps_invariant(const struct job *job)
{
    switch (job->state) {
#define STATE(NAME, next, invariant)                                                               \
    case JOB_##NAME:                                                                               \
        return invariant;
#include "engine/job_states.def"
#undef STATE
    case JOB_STATE_COUNT:
        break;
    }
    return false;
}
