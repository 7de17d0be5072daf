/* The backward pass: from derivatives with respect to losses to those with respect to
 * embeddings. */
#ifndef CIRCLE_BACKWARD_H
#define CIRCLE_BACKWARD_H

#include "loss/forward.h"

/* Derivatives can be of any size. They are divided by powers of 2, so that they stay in the range
 * of the compute type: one near the largest factor, and one near the largest derivative so far. */
typedef struct {
  circle_backward_pass pass;
  const circle_workers *workers;
  const double *factors;           /* the gradient is that of sum(factors_i L_i); NULL: ones */
  const double *reference_factors; /* of a mutual batch */
  double *derivatives;             /* with respect to each anchor's t, by sorted position, */
  int factor_exponent,
      exponent;      /* times 2^-factor_exponent; gradients times that and 2^-exponent */
  bool has_exponent; /* set by a derivative */
  double *reference_derivatives; /* of a mutual batch */
} circle_backward_work;

/* ---- an anchor's part of pair weights: pair_weights.c ---- */

/* Allocates. */
bool circle_begin_pair_weights(circle_backward_work *work);
/* Sets the weights of the anchors first .. +count, whose sums are complete; and of all references
 * of a mutual batch. */
void circle_set_pair_weights(circle_backward_work *work, const circle_forward_pass *forward,
                             size_t first, size_t count);

/* ---- separate references: row_blocks.c ---- */

/* Adds the gradients of all pairs. `with_losses`: computes sums and losses, too. */
circle_status circle_run_row_blocks(circle_backward_work *work, circle_forward_work *forward,
                                    bool with_losses);

/* ---- from packed gradients to the caller's: write_gradient.c ---- */

/* Writes `scale` times the gradient. */
circle_status circle_write_gradient(const circle_backward_work *work, const circle_sums *sums,
                                    double scale, const circle_results *results,
                                    circle_report *report);

#endif
