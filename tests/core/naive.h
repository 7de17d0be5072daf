/* The formula as it stands, in obvious loops over all pairs, in double: what defines correctness.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include "circle_loss.h"

/* N losses. */
void naive_losses(const circle_batch *batch, const circle_settings *settings, double *losses);

/* The gradient of sum(upstream_i L_i) with respect to embeddings (N x D, row after row) and
 * references (M x D; NULL where they are the embeddings, whose gradient then has both parts). */
void naive_gradient(const circle_batch *batch, const circle_settings *settings, bool detached,
                    const double *upstream, double *gradient, double *reference_gradient);

#endif
