/* Headers of a kernel, which must come before its instruction set is chosen. */
#ifndef CIRCLE_KERNEL_HEADERS_H
#define CIRCLE_KERNEL_HEADERS_H

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "../accumulator.h"
#include "../kernels.h"
#include "../keys.h"
#include "../length.h"
#include "../numbers.h"
#include "../ranking.h"
#include "../rounding.h"
#include "../sizes.h"

#endif
