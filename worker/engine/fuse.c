#include "engine/fuse.h"

enum { SLICE_MS = FUSE_MINUTE_MS / FUSE_SLICES };

/* Empties the slices between the last answer and now. */
static void advance(struct fuse *fuse, ms_t now)
{
    ms_t slice = now / SLICE_MS;
    ms_t oldest_kept = slice - FUSE_SLICES;
    if (fuse->slice < oldest_kept)
        fuse->slice = oldest_kept;
    while (fuse->slice < slice) {
        fuse->slice++;
        fuse->answers[fuse->slice % FUSE_SLICES] = 0;
        fuse->withdrawals[fuse->slice % FUSE_SLICES] = 0;
    }
}

static uint32_t sum(const uint32_t counts[FUSE_SLICES])
{
    uint32_t total = 0;
    for (int i = 0; i < FUSE_SLICES; i++)
        total += counts[i];
    return total;
}

bool fuse_note(struct fuse *fuse, enum fuse_answer answer, ms_t now)
{
    bool was_blown = fuse_is_blown(fuse, now);
    advance(fuse, now);
    fuse->answers[fuse->slice % FUSE_SLICES]++;
    if (answer != FUSE_WITHDRAWAL)
        return false;
    fuse->withdrawals[fuse->slice % FUSE_SLICES]++;
    uint32_t withdrawals = sum(fuse->withdrawals);
    if (withdrawals <= FUSE_ANSWERS_MAX || 2 * withdrawals <= sum(fuse->answers))
        return false;
    fuse->blown_until = now + FUSE_BLOWN_MS;
    return !was_blown;
}

bool fuse_is_blown(const struct fuse *fuse, ms_t now)
{
    return now < fuse->blown_until;
}
