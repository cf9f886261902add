/*
 * What a job knows, for tables of cases: the step that its handler names is what a test looks at.
 */
#pragma once

#include "handlers/handler.h"

enum { ME = 7, ANOTHER = 8, CREATED_S = 1000 };

/* The record of the case, and another one. */
struct origin case_mine(void);
struct origin case_foreign(void);

/* A job of the kind that has done nothing yet; there is no row. Its calls so far: none, but `call` is its first. */
struct work case_work(enum input_kind kind);

/* A row with the tokens A1 and R1, written by ANOTHER for another record. */
void case_row(struct work *work, enum authorizer_status status, int64_t version);

/* An answer that is a success. */
void case_answer(struct work *work, struct str access, struct str refresh, int64_t expires_in_s);

/* What its handler says. */
struct step case_on_row(struct work *work);
struct step case_on_answer(struct work *work);
