#include "handlers/work.h"

#include "base/count.h"
#include "base/hash.h"

enum {
    LIFE_UNKNOWN_S = 600, /* if expires_in is absent or not positive: short, to be renewed soon */
    LIFE_USUAL_S = 7200,  /* WeChat: "a value within 7200 seconds" */
    LIFE_MAX_S = 30 * 86400, /* a longer life is absurd, and LIFE_USUAL_S is taken */
    DUE_BEFORE_EXPIRY = 6,   /* early by a sixth of the life: SDKs use 100 to 1,500 s of 7,200 */
    DUE_JITTER = 12,         /* and by up to a twelfth of the life more */
};

bool work_row_is_mine(const struct work *work)
{
    const struct authorizer *row = &work->row;
    if (!work->has_written || !authorizer_exists(row))
        return false;
    if (work->holds_token && !str_is_empty(work->answer.access_token))
        return str_equal(row->access_token, work->answer.access_token);

    int64_t version_before = work->change.version_read == VERSION_ABSENT
                                 ? 0
                                 : work->change.version_read;
    return origin_equal(&row->cause, &work->origin) && row->writer == work->writer &&
           row->version == version_before + 1;
}

struct step work_settle(const struct work *work, enum outcome outcome)
{
    bool is_announced = work->row.writer == 0 || work->row.writer == work->writer;
    return is_announced ? step_done(outcome) : step_announce(outcome);
}

bool work_is_redelivered(const struct work *work)
{
    return authorizer_exists(&work->row) && origin_equal(&work->row.cause, &work->origin);
}

struct step work_end_at_withdrawal(const struct work *work)
{
    if (work_is_redelivered(work))
        return work_settle(work, OUTCOME_NOT_AUTHORIZED);
    return step_done(OUTCOME_NOT_AUTHORIZED);
}

/* Notes that WeChat may have acted on the call, and until when it still may. An inquiry changes
 * nothing at WeChat. */
static void note_lost(struct work *work)
{
    if (work->call == CALL_AUTHORIZER_INFO)
        return;
    work->owes = true;
    if (work->answer.may_act_late && work->late_effect_ms)
        work_owe_until(work, work->wall_ms + work->late_effect_ms);
}

static struct step refused(struct work *work)
{
    switch (errcode_class(work->call, work->answer.errcode)) {
    case CLASS_COMPONENT_TOKEN:
        return step_obstructed(OBSTACLE_COMPONENT_TOKEN);
    case CLASS_CONFIGURATION:
        return step_obstructed(OBSTACLE_CONFIGURATION);
    case CLASS_QUOTA:
        return step_obstructed(OBSTACLE_QUOTA);
    case CLASS_THROTTLED:
        return step_obstructed(OBSTACLE_THROTTLE);
    case CLASS_TRANSIENT:
        note_lost(work);
        return step_retry("system error");
    case CLASS_ACCOUNT:
        return step_wait_long("WeChat limits the account, trying again slowly");
    case CLASS_MALFORMED:
        return step_dead(DEAD_REFUSED, "WeChat calls the request malformed");
    case CLASS_UNKNOWN:
    case CLASS_CODE_SPENT:
    case CLASS_CODE_EXPIRED:
    case CLASS_REFRESH_TOKEN:
    case CLASS_NOT_AUTHORIZED:
        break;
    }
    return step_retry("refused");
}

struct step work_not_done(struct work *work)
{
    switch (work->answer.kind) {
    case ANSWER_REFUSED:
        return refused(work);
    case ANSWER_GARBLED:
        note_lost(work);
        return step_retry("no readable answer");
    case ANSWER_LOST:
        note_lost(work);
        return step_retry("no answer");
    case ANSWER_UNSENT:
        return step_retry("not sent");
    case ANSWER_DONE:
        break;
    }
    return step_retry("no use for the answer");
}

struct step work_ignore_answer(void)
{
    return step_wait_long("the answer was for another authorizer");
}

void work_begin_change(struct work *work)
{
    const struct authorizer *row = &work->row;
    work->change = (struct change){
        .component = work->input.component,
        .authorizer = work->input.authorizer,
        .version_read = row->version,
        .status = STATUS_AUTHORIZED,
        .cause = work->origin,
        .traceparent = work->input.traceparent,
        .writer = work->writer,
        .late_until_s = work->late_until_s,
    };
    if (!authorizer_exists(row))
        return;

    struct change *change = &work->change;
    change->access_token = row->access_token;
    change->refresh_token = row->refresh_token;
    change->expires_at_s = row->expires_at_s;
    change->scopes = row->scopes;
    change->authorized_at_s = row->authorized_at_s;
    change->has_digest = row->has_digest;
    memcpy(change->code_digest, row->code_digest, sizeof(change->code_digest));
    change->sent_at_s = row->sent_at_s;
    if (change->late_until_s < row->late_until_s)
        change->late_until_s = row->late_until_s;
}

void work_revoke(struct work *work)
{
    struct change *change = &work->change;
    change->status = STATUS_UNAUTHORIZED;
    change->access_token = (struct str){0};
    change->refresh_token = (struct str){0};
    change->expires_at_s = 0;
    change->late_until_s = 0; /* no token is left that a late call could make stale */
}

void work_use_reported(struct work *work)
{
    work->change.refresh_token = work->reported_refresh_token;
    if (work->reported_scopes.at)
        work->change.scopes = work->reported_scopes;
}

static int64_t lifetime_s(struct work *work)
{
    int64_t life = work->answer.expires_in_s;
    work->lifetime_is_clamped = life <= 0 || life > LIFE_MAX_S;
    if (!work->lifetime_is_clamped)
        return life;
    return life <= 0 ? LIFE_UNKNOWN_S : LIFE_USUAL_S;
}

/* Ten thousand tokens that were issued in one second must not fall due in one second. The appid
 * spreads them, always in the same way. */
static int64_t due_before_expiry_s(const struct work *work, int64_t life_s)
{
    uint64_t jitter_max = (uint64_t)(life_s / DUE_JITTER) + 1;
    return life_s / DUE_BEFORE_EXPIRY +
           (int64_t)(hash_bytes(appid_str(&work->input.authorizer)) % jitter_max);
}

void work_use_tokens(struct work *work)
{
    const struct answer *answer = &work->answer;
    struct change *change = &work->change;
    work->holds_token = true;
    if (!str_is_empty(answer->refresh_token))
        change->refresh_token = answer->refresh_token;
    change->access_token = (struct str){0};
    change->expires_at_s = 0;
    change->refresh_due_at_s = 0;
    change->sent_at_s = work->sent_at_s;
    if (change->sent_at_s >= change->late_until_s)
        change->late_until_s = 0; /* whatever acts late has acted before this call */
    if (str_is_empty(answer->access_token))
        return;

    int64_t life_s = lifetime_s(work);
    change->access_token = answer->access_token;
    change->expires_at_s = work->sent_at_s + life_s;
    if (!str_is_empty(change->refresh_token))
        change->refresh_due_at_s = change->expires_at_s - due_before_expiry_s(work, life_s);
}
