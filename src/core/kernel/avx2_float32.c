/* Kernel: AVX2 with FMA, float. 4 x 24 sums fill 12 of the 16 registers. */
#include "kernel/template/target.h"

#ifdef CIRCLE_X86_KERNELS
BEGIN_TARGET("avx2,fma")

#define KERNEL circle_kernel_avx2_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 32
#define TILE_ROWS 192
#include "kernel/template/template.h"

END_TARGET
#endif
