/* R lists as the engine's structures, and its report as a list for R. */
#ifndef CIRCLELOSS_ARGUMENTS_H
#define CIRCLELOSS_ARGUMENTS_H

#include <R.h>
#include <Rinternals.h>

#include "core/circle_loss.h"
#include "poll.h"

/* What R asks for, by three lists with names:
 *   batch     embeddings, labels, references, reference_labels, sample_weight; for a part of a
 *             problem mutual; for an evaluation groups, reference_groups
 *   settings  gamma, margin, remove_diagonal, dtype, reduction, normalize; for an evaluation
 *             metric, same_group
 *   request   threads, progress; for a gradient its weights, upstream, ref_upstream, kept_bytes
 * R has checked them with messages for users; here they are checked for memory safety only, and a
 * failure is an internal error. The structures point into the R objects: keep them protected. */
typedef struct {
  circle_batch batch;
  circle_settings settings;
  circle_objective objective;
  circle_run run;
  poll_state poll;
} engine_call;

/* The token must be protected: token = PROTECT(R_MakeUnwindCont()). */
void begin_call(engine_call *call, SEXP batch, SEXP settings, SEXP request, SEXP token);

/* circle_open(); files of the batch are packed then, and their pages given back. */
circle_status open_operands(engine_call *call, circle_operands **operands, circle_report *report);

circle_matrix matrix_of(SEXP matrix);
size_t bytes_of(SEXP number);

/* An entry of a list by name, R's NULL if there is none. */
SEXP entry_of(SEXP list, const char *name);

/* A list whose last entries are status, where and not_unit. If the status is not CIRCLE_OK, all
 * entries before these become NULL. */
void set_report(SEXP list, circle_status status, const circle_report *report);

#endif
