/* The weights of pairs in the gradient, as far as they belong to an anchor. */
#ifndef CIRCLE_PAIR_WEIGHTS_H
#define CIRCLE_PAIR_WEIGHTS_H

#include "operand/engine.h"

/* Allocates. The gradient will be that of sum(factors_i L_i); NULL: of ones. */
circle_status circle_begin_pair_weights(circle_engine *engine, const double *factors,
                                        circle_pair_weights pair_weights);

/* Sets the weights of the anchors at first .. last - 1, whose sums are complete. */
circle_status circle_set_pair_weights(circle_engine *engine, size_t first, size_t last);

#endif
