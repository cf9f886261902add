/*
 * Builds what a job knows, for tables of cases. A test looks at the step that the job's handler
 * names.
 */
#pragma once

#include "handlers/handler.h"

enum { ME = 7, ANOTHER = 8, CREATED_S = 1000 };

/* The record of the case, and another record. */
struct origin case_mine(void);
struct origin case_foreign(void);

/* A job of the kind that has done nothing yet, without a row. `call` is set to its first call,
 * which it has not made yet. */
struct work case_work(enum input_kind kind);

/* Gives the job a row with the tokens A1 and R1, written by ANOTHER for another record. */
void case_row(struct work *work, enum authorizer_status status, int64_t version);

/* Gives the job a successful answer. */
void case_answer(struct work *work, struct str access, struct str refresh, int64_t expires_in_s);

/* The step that the job's handler names. */
struct step case_on_row(struct work *work);
struct step case_on_answer(struct work *work);
