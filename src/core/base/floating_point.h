/* Arithmetic is done in the type of its operands. x87 computes in 80 bits, and rounds what it
 * happens to store; but compensated sums, and rounding by adding a large number, rely on every
 * rounding: losses in double were off by 1e-3. So 32-bit x86 uses SSE2, without a compiler flag.
 * Headers that compute include this first. */
#ifndef CIRCLE_FLOATING_POINT_H
#define CIRCLE_FLOATING_POINT_H

#include <float.h>

#if defined(__i386__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("sse2,fpmath=sse")
#endif
#ifndef __SSE2_MATH__
#error "The x87 unit computes wrong losses. Compile with -msse2 -mfpmath=sse."
#endif
#elif FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2
#error "Float and double must be computed as such (FLT_EVAL_METHOD 0), or losses are wrong."
#endif

#endif
