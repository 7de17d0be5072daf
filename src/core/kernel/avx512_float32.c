/* Kernel: AVX-512, float. 8 x 32 sums fill 16 of the 32 registers. */
#include "kernel/template/target.h"

#ifdef CIRCLE_X86_KERNELS
BEGIN_TARGET("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")

#define KERNEL circle_kernel_avx512_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 64
#define TILE_ROWS 256
#include "kernel/template/template.h"

END_TARGET
#endif
