/* The gradient with separate references, a stripe of anchors at a time. */
#ifndef CIRCLE_STRIPES_H
#define CIRCLE_STRIPES_H

#include "operand/engine.h"

/* Adds the gradient of all pairs, whose weights have been begun. losses: N doubles that it computes
 * on the way; NULL: the sums of all anchors are known. */
circle_status circle_stripes(circle_engine *engine, double *losses, circle_report *report);

#endif
