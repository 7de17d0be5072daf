/* Kernel: NEON of arm64, float. 4 x 20 sums fill 20 of the 32 registers. */
#include "kernel/template/target.h"

#ifdef CIRCLE_NEON_KERNELS

#define KERNEL circle_kernel_neon_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 16
#define PANEL_VECTORS 5
#define STRIP_ROWS 4
#define GRADIENT_VECTORS 4
#define GRADIENT_STRIP_ROWS 5
#define TILE_ROWS 200
#include "kernel/template/template.h"

#endif
