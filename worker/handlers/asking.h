/*
 * Asking back: before an account or a code is condemned, WeChat is asked which refresh token it has (api_get_authorizer_info).
 *
 * A token other than the one just refused is used at once, as often as it differs. The same one, or none, is asked for
 * once more after a minute, and the same one sent once more; only then the asking was in vain. Staff of WeChat answer every unexplained 61023 with "pull the
 * token again", and a code whose answer was lost is spent while WeChat holds what it brought. Functions on the job's work.
 */
#pragma once

#include "handlers/handler.h"

/* Notes that WeChat refused the call just answered: which token it was, the errcode and the rid, for the row. */
void asking_note_refusal(struct work *work);

/* The step that asks. */
struct step asking_begin(void);

/* WeChat has told: true, and *step, while there is something to try; false where the asking was in vain. */
bool asking_goes_on(struct work *work, struct step *step);
