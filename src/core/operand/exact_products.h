/* Whether products of rows are exact. */
#ifndef CIRCLE_EXACT_PRODUCTS_H
#define CIRCLE_EXACT_PRODUCTS_H

#include "operand/operand.h"

/* Whether the product of any two packed rows, from this operand and others like it, is exact in
 * every order of summation. They are scaled to lengths from 1 to 2. */
bool circle_has_exact_products(const circle_operand *operand);

#endif
