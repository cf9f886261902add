/*
 * Asking WeChat, before an account or a code is condemned, which refresh token it has (api_get_authorizer_info).
 *
 * A token other than the one just refused is used at once, as often as it differs. If WeChat reports the same token, or none,
 * it is asked again after a minute, and that token is tried once more. Only then is the inquiry exhausted: WeChat's staff
 * answer every unexplained 61023 with "pull the token again", and a code whose answer was lost is spent while WeChat holds
 * what it brought. Functions on the job's work.
 */
#pragma once

#include "handlers/handler.h"

/* Notes that WeChat refused the call just answered: which token it was, the errcode and the rid, for the row. */
void inquiry_note_refusal(struct work *work);

/* The step that asks. */
struct step inquiry_ask(void);

/* WeChat has reported its token. Returns true, and *step, while there is something to try; false if the inquiry is
 * exhausted. */
bool inquiry_continue(struct work *work, struct step *step);
