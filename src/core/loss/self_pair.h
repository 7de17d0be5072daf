/* The pair of an anchor with itself: a positive where the references are the anchors and the
 * diagonal stays. The symmetric sweep, which takes each pair for both of its anchors, leaves it
 * out. */
#ifndef CIRCLE_SELF_H
#define CIRCLE_SELF_H

#include "operand/engine.h"

bool circle_is_own_positive(const circle_engine *engine);

/* Adds the pair to the anchor's positives: a body for circle_for_each_row(). */
void circle_add_self(const circle_engine *engine, size_t place, void *context);

/* The pair's part of the gradient by its similarity, where `derivative` is that by the anchor's t.
 */
double circle_self_weight(const circle_engine *engine, size_t place, double derivative);

#endif
