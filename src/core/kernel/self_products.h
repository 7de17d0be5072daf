/* The product of each row with itself, as similarities that are divided by lengths need it. */
#ifndef CIRCLE_SELF_PRODUCTS_H
#define CIRCLE_SELF_PRODUCTS_H

#include "kernel/kernel.h"

/* Of a packed operand, one side of the operands, rounded as all similarities are; false if memory
 * is short. */
bool circle_set_self_products(const circle_operands *operands, circle_operand *operand);

#endif
