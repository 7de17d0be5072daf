/* The forward pass, and its steps for a backward pass that includes it. */
#ifndef CIRCLE_FORWARD_H
#define CIRCLE_FORWARD_H

#include "schedule/pass.h"

/* Sums of all anchors, and their losses; of a mutual batch also sums of the references. */
typedef struct {
  circle_forward_pass pass;
  double *losses;     /* N */
  double *own_losses; /* the same memory if it is not the caller's; to be freed */
  double *positive_sums, *negative_sums; /* N logarithms, or NULL */
  circle_pair_sums *pair_sums;           /* N, or NULL */
} circle_forward_work;

/* Sets all sums to 0. losses: of the caller, or NULL. False if memory is short; call
 * circle_end_forward() all the same. */
bool circle_begin_forward(const circle_operands *operands, const circle_store *store,
                          double *losses, circle_forward_work *work);
void circle_end_forward(circle_forward_work *work);

/* From all pairs to sums; the pass must live as long as its tasks. */
circle_tasks circle_tasks_of_forward(circle_forward_work *work, const circle_workers *workers,
                                     circle_span span, circle_pass *pass);

/* From the sums of the anchors first .. +count, by sorted position, to their losses. */
void circle_set_losses(circle_forward_work *work, const circle_workers *workers, size_t first,
                       size_t count);

/* The sums of all anchors, and then of the references where they are others: one block of memory
 * that begins at sums.positives. */
size_t circle_bytes_of_sums(const circle_operands *operands);
/* In such a block, or the part of it that the references begin. */
circle_sums circle_sums_in(void *memory, size_t rows);

/* t = P + Q; -Inf if either set is empty, NaN if a sum overflowed. And P or Q. */
double circle_total_of(const circle_settings *settings, const circle_accumulator *positives,
                       const circle_accumulator *negatives);
double circle_log_sum_of(const circle_settings *settings, const circle_accumulator *sum);
/* Rounded to the dtype. */
double circle_loss_of_total(const circle_settings *settings, double total);

/* The losses of all anchors, checked as by circle_check_losses(). */
circle_status circle_finish_losses(circle_forward_work *work, const circle_workers *workers,
                                   circle_report *report);

/* CIRCLE_LOSS_OVERFLOW at the first anchor whose loss is not finite. */
circle_status circle_check_losses(const circle_forward_work *work, circle_report *report);

/* ---- sums of parts, see pair_sums.c ---- */

circle_pair_sums circle_pair_sums_at(const circle_sums *sums, size_t position);
/* Of the references of a mutual batch, in the rows' order. */
void circle_copy_reference_sums(const circle_forward_pass *pass, circle_pair_sums *result);

/* ---- the pair of an anchor with itself, see self_pair.c ---- */

bool circle_is_own_positive(const circle_operands *operands);

/* Adds the pair to the anchor's positives. */
void circle_add_self_pair(const circle_forward_pass *pass, size_t position);

/* The derivative with respect to its similarity; `derivative`: with respect to the anchor's t. */
double circle_self_pair_weight(const circle_backward_pass *pass, const circle_sums *sums,
                               size_t position, double derivative);

#endif
