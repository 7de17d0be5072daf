/* Kernel: AVX-512 with the matrix unit AMX, for bfloat16 embeddings: the same sums of the same
 * products as in float, at ten times the rate. */
#include "kernel/kernels.h"

#ifdef CIRCLE_AMX_KERNEL
#include "kernel/template/target_amx.h"

#define KERNEL circle_kernel_amx_bfloat16
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 1
#define MATRIX_UNIT
#define VECTOR_BYTES 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#define TILE_ROWS 512
#include "kernel/template/template.h"

#include "kernel/template/target_end.h"
#endif
