/* Kernel: AVX-512 with products of bfloat16 pairs, for bfloat16 embeddings: similarities at twice
 * the rate of float, the same sums of the same products. Gradients are computed in float. */
#include "kernel/kernels.h"

#ifdef CIRCLE_X86_KERNELS
#include "kernel/template/target_avx512bf16.h"

#define KERNEL circle_kernel_avx512bf16
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 1
#define VECTOR_BYTES 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#define TILE_ROWS 256
#include "kernel/template/template.h"

#include "kernel/template/target_end.h"
#endif
