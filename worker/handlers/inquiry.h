/*
 * An inquiry: before an account or a code is condemned, WeChat is asked which refresh token it has
 * (api_get_authorizer_info).
 *
 * A reported token that is not the one just refused is used at once, as often as it differs. If
 * WeChat reports the same token, or none, it is asked again after a minute, and that token is tried
 * once more. Only then is the inquiry exhausted. There are two reasons to ask: WeChat's staff
 * answer every unexplained 61023 with "pull the token again", and a code whose answer was lost is
 * spent while WeChat holds what it brought. The functions work on the job's `struct work`.
 */
#pragma once

#include "handlers/handler.h"

/* Notes that WeChat refused the call just answered: which token was refused, the errcode and the
 * rid, for the row. */
void inquiry_note_refusal(struct work *work);

/* Returns the step that asks. */
struct step inquiry_ask(void);

/* WeChat has reported its token. Returns true, and sets *step, while there is something to try.
 * Returns false if the inquiry is exhausted. */
bool inquiry_continue(struct work *work, struct step *step);
