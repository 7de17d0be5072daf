/* The forward pass, and its steps for whoever takes some of the anchors at a time. */
#ifndef CIRCLE_LOSSES_H
#define CIRCLE_LOSSES_H

#include "operand/engine.h"
#include "schedule/tasks.h"

/* circle_losses() as a part of a longer call. */
circle_status circle_losses_within(circle_engine *engine, double *losses, circle_span span,
                                   circle_report *report);

/* Sums of pairs to 0. */
void circle_begin_losses(const circle_engine *engine);

/* From the sums of an anchor to its loss, in its given row: a body for circle_for_each_row(), whose
 * context are the losses. */
void circle_set_loss(const circle_engine *engine, size_t place, void *losses);

/* CIRCLE_LOSS_OVERFLOW at the first anchor whose loss is not finite. */
circle_status circle_check_losses(const circle_engine *engine, const double *losses,
                                  circle_report *report);

#endif
