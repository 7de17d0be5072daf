/* The headers of a kernel, which must come first; and BEGIN_TARGET: until END_TARGET code is
 * compiled for some instructions of x86-64, without a compiler flag. */
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif
#ifdef __ARM_NEON
#include <arm_neon.h>
#endif

#include "base/arithmetic.h"
#include "base/numbers.h"
#include "base/radix_sort.h"
#include "base/rounding.h"
#include "kernel/kernels.h"
#include "kernel/ranks.h"
#if defined(CIRCLE_X86_KERNELS) && defined(_WIN32) && !defined(__clang__)
#include "kernel/template/unaligned_moves.h"
#endif

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define BEGIN_TARGET(names) \
  PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define END_TARGET PRAGMA(clang attribute pop)
#else
#define BEGIN_TARGET(names) PRAGMA(GCC push_options) PRAGMA(GCC target(names))
#define END_TARGET PRAGMA(GCC pop_options)
#endif
