/*
 * An inquiry: before an account or a code is condemned, WeChat is asked which refresh token it has
 * (api_get_authorizer_info).
 *
 * A reported token that is not the one just refused is used at once, as often as it differs. If
 * WeChat reports the same token or none, or if it says here too that the account has withdrawn, it
 * is asked again after a minute, and the refused call is sent once more (but never a code). Only
 * then is the inquiry exhausted. There are three reasons to ask: WeChat's staff answer every
 * unexplained 61023 with "pull the token again", a code whose answer was lost is spent while WeChat
 * holds what it brought, and a withdrawal deletes both tokens, so one mistaken 61003 would cost the
 * account. The functions work on the job's `struct work`.
 */
#pragma once

#include "handlers/handler.h"

/* Notes that WeChat refused the call just answered, which was no inquiry: which token was refused,
 * the errcode and the rid, for the row. */
void inquiry_note_refusal(struct work *work);

/* Returns the step that asks. */
struct step inquiry_ask(void);

/* Returns the step that refreshes with the row's token, or asks if the row has none. */
struct step inquiry_refresh(struct work *work);

/* Returns true if the refusal just answered is a reason to ask: WeChat refuses the refresh token,
 * or says that the account has withdrawn. */
bool inquiry_is_due(const struct work *work);

/* WeChat has reported its token, or has said again that the account has withdrawn. Returns true,
 * and sets *step, while there is something to try. Returns false if the inquiry is exhausted. */
bool inquiry_continue(struct work *work, struct step *step);

/* The inquiry is exhausted. Returns true if it says, or the refused call said, that the account has
 * withdrawn. */
bool inquiry_says_withdrawn(const struct work *work);

/* Notes the last refusal in the change, for readers of the row. */
void inquiry_note_errcode(struct work *work);
