/* R objects as a problem for the engine, and its outcome as a list for R. */
#ifndef CIRCLELOSS_PROBLEM_H
#define CIRCLELOSS_PROBLEM_H

#include <R.h>
#include <Rinternals.h>

#include "core/circle_loss.h"

/* The list that R receives: value, gradient, ref_gradient, status, where, not_unit. */
enum { VALUE, GRADIENT, REF_GRADIENT, STATUS, WHERE, NOT_UNIT, OUTCOME_LENGTH };

/* R has checked its input for people; here it is checked for memory's sake only, and what fails is
 * an internal error. The problem points into the R objects: keep them protected. */
circle_problem problem_of(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                          SEXP gamma, SEXP margin, SEXP remove_diagonal);
/* The same without the loss's parameters. */
circle_problem pairs_of(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels);
circle_matrix matrix_of(SEXP matrix);
circle_dtype dtype_of(SEXP name);
circle_reduction reduction_of(SEXP name);
circle_pair_weights pair_weights_of(SEXP name);
bool flag_of(SEXP flag);
size_t bytes_of(SEXP number);

/* NULL for R's NULL, else the numbers, of which there must be `count`. */
const double *numbers_or_null(SEXP numbers, size_t count);

/* A protected-by-caller list with its names, all entries NULL. */
SEXP new_outcome(void);
/* Sets the entries status, where and not_unit, of which `first` is the first. */
void set_report(SEXP list, int first, circle_status status, const circle_report *report);
/* The same for new_outcome(), which has no values on a status but CIRCLE_OK. */
void set_status(SEXP outcome, circle_status status, const circle_report *report);

#endif
