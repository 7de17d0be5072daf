/* Kernel: AVX-512 with products of bfloat16 pairs, for bfloat16 embeddings: similarities at twice
 * the rate of float, the same sums of the same products. Gradients are computed in float. */
#include "kernel/template/target.h"

#ifdef CIRCLE_X86_KERNELS
BEGIN_TARGET("avx512f,avx512dq,avx512vl,avx512bw,avx512bf16,avx2,fma")

#define KERNEL circle_kernel_avx512bf16
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 1
#define VECTOR_BYTES 64
#define TILE_ROWS 256
#include "kernel/template/template.h"

END_TARGET
#endif
