/* Kernel: AVX2 with FMA, double. 4 x 12 sums fill 12 of the 16 registers. */
#include "kernel/template/target.h"

#ifdef CIRCLE_X86_KERNELS
BEGIN_TARGET("avx2,fma")

#define KERNEL circle_kernel_avx2_float64
#define REAL_IS_DOUBLE 1
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 32
#define TILE_ROWS 192
#include "kernel/template/template.h"

END_TARGET
#endif
