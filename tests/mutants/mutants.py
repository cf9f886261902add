"""The mutants: each is one mistake that somebody could make, written as replacements in sources.

The text to be replaced must occur exactly once in its file, so a mutant that no longer fits the
code fails loudly.
"""

MUTANTS = {
    "offsets are committed too early": [
        ("worker/engine/frontier.c", "return first ? first->offset : frontier->next;", "return frontier->next;"),
    ],
    "the database has no fence": [
        ("tests/sim/world.c", "if (stored != change->version_read)", "if (false)"),
    ],
    "a version is announced before it is known to be committed": [
        ("worker/engine/events.c",
         "        job->has_stored = true; /* perhaps, and only this job knows of it */\n"
         "        job_move(&engine->places, job, JOB_TO_STORE);\n",
         "        on_stored(engine, job, &(struct returned){.store.version = job->work.change.version_read < 0 ? 1"
         " : job->work.change.version_read + 1});\n"),
    ],
    "a write refused by the fence ends as nothing to call": [
        ("worker/handlers/refresh_due.c", "if (!work->owes && has_nothing_to_do(", "if (has_nothing_to_do("),
    ],
    "a version that is buried is not announced": [
        ("worker/engine/steps.c", "&& would_bury(engine, job)", "&& false && would_bury(engine, job)"),
    ],
    "an authorisation wins over a withdrawal of the same second": [
        ("worker/handlers/authorization_changed.c",
         "return work->input.create_time_s <= row->authorized_at_s;", "return work->input.create_time_s < row->authorized_at_s;"),
    ],
    "61023 and 61003 condemn without asking": [
        ("worker/handlers/refresh_due.c", "    inquiry_note_refusal(work);\n    return inquiry_ask();",
         "    inquiry_note_refusal(work);\n    return condemn(work);"),
    ],
    "61003 of the inquiry is believed at once": [
        ("worker/handlers/inquiry.c", "return work->answer.kind == ANSWER_REFUSED || str_is_empty", "return str_is_empty"),
        ("worker/handlers/inquiry.c", "if (left_ms <= 0 && is_refused_for_good(work))",
         "if (!is_report || (left_ms <= 0 && is_refused_for_good(work)))"),
    ],
    "a parked row is deleted before its announcement": [
        ("worker/engine/events.c", "    steps_carry_out(engine, job, (struct step){.kind = STEP_ANNOUNCE, .outcome = OUTCOME_UPDATED});",
         "    if (job->revision)\n        steps_end(engine, job, OUTCOME_UPDATED);\n    else\n"
         "        steps_carry_out(engine, job, (struct step){.kind = STEP_ANNOUNCE, .outcome = OUTCOME_UPDATED});"),
    ],
    "a record is parked without its debt": [
        ("worker/engine/job.c", ".owes = work->owes || work->is_late_debt,", ".owes = work->is_late_debt,"),
    ],
    "a debt is covered by somebody else's refresh": [
        ("worker/engine/engine.c", "is_waiting && !other->work.owes &&", "is_waiting &&"),
    ],
    "a parked row that another has taken since is deleted": [
        ("tests/sim/world_parked.c", "if (!there || there->parked.revision != revision)", "if (!there)"),
    ],
    "what waits may fill the whole pool": [
        ("worker/engine/parking.c", "while (count_held(engine) > engine->limits.jobs_max / 2 &&", "while (false &&"),
    ],
    "an answer for another authorizer is stored": [
        ("worker/handlers/authorization_changed.c",
         "if (was_known && !appid_equal(&work->input.authorizer, &work->answer.authorizer))", "if (false)"),
    ],
    "a renewed lease hides that another has had the row": [
        ("worker/engine/engine.c", "if (revision == job->revision + 1)", "if (true)"),
    ],
    "a call that acts late is not paid": [
        ("worker/engine/steps.c", "return !is_done && (work->late_until_s || work->row.late_until_s);", "return false;"),
    ],
    "a late debt is settled by a call that was sent too early": [
        ("worker/handlers/late_debt.c", "return work->row.sent_at_s >= work->late_until_s;", "return work->row.sent_at_s > 0;"),
    ],
    "a store forgets that an earlier call may act late": [
        ("worker/handlers/work.c", "if (change->sent_at_s >= change->late_until_s)", "if (change->sent_at_s)"),
    ],
    "a parked record forgets that its call may act late": [
        ("worker/engine/job.c", ".late_until_s = work->late_until_s,", ".late_until_s = work->is_late_debt ? work->late_until_s : 0,"),
    ],
    "a late debt that is answered and not stored is settled": [
        ("worker/handlers/late_debt.c", "(!work->owes && is_paid(work))", "is_paid(work)"),
    ],
    "one account may fill the pool": [
        ("worker/engine/steps.c", "else if (is_in_full_lane(engine, job))", "else if (false && is_in_full_lane(engine, job))"),
    ],
    "calls go on while nothing can be stored": [
        ("worker/engine/engine.c", "if (effect == EFFECT_CALL && must_store_first(engine))", "if (false && must_store_first(engine))"),
    ],
    "claiming is unfair": [
        ("tests/sim/world_parked.c", "(!next || component->claimed < next->claimed))", "!next)"),
    ],
    "of two parked refreshes each is left to the other": [
        ("tests/sim/world_parked.c", "(!is_parked || compare_origins(&other->record->record.origin, mine) < 0))",
         "!origin_equal(&other->record->record.origin, mine))"),
    ],
    "a used-up quota shuts no gate": [
        ("worker/engine/gate.c", "    bar_shut(gates, bar, id.kind, refusal->now);", "    (void)gates;"),
    ],
    "everybody probes when it is time": [
        ("worker/engine/gate.c", "bool is_free = !bar->probe || bar->probe == question->job;", "bool is_free = true;"),
    ],
    "a drain returns what rests behind finished work": [
        ("worker/engine/parking.c", "bool is_behind = job->place.offset < frontier->highest_finished;", "bool is_behind = false;"),
    ],
}
