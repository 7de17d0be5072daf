/* Rounding of doubles to the narrower floating point types. */
#ifndef CIRCLE_ROUNDING_H
#define CIRCLE_ROUNDING_H

#include "circle_loss.h"

/* The nearest number of the type, ties to even, subnormals kept; infinite beyond its range. */
double circle_round(double number, circle_dtype dtype);

#endif
