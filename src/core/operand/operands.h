/* The two sides of the pairs, as every pass reads them. Constant after circle_open(). */
#ifndef CIRCLE_OPERANDS_H
#define CIRCLE_OPERANDS_H

#include "operand/class_bounds.h"
#include "operand/operand.h"

typedef struct circle_kernel circle_kernel;

struct circle_operands {
  circle_settings settings;
  const circle_kernel *kernel;
  size_t dimensions;
  bool symmetric;            /* the references are the anchors: each pair once, for both */
  bool references_are_given; /* there is a separate matrix of references */
  circle_operand anchors, other;
  const circle_operand *references; /* &anchors where the embeddings are their own references */
  circle_class_bounds *bounds;      /* of each anchor, by sorted position */
};

#endif
