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

#include "base/arithmetic.h"
#include "base/numbers.h"
#include "base/radix_sort.h"
#include "base/rounding.h"
#include "kernel/kernels.h"
#include "kernel/ranks.h"

#endif
