/* Kernel: AVX-512 with the matrix unit AMX, for bfloat16 embeddings: similarities at ten times the
 * rate of float, the same sums of the same products. All else is computed in float. */
#include "kernels.h"

#ifdef CIRCLE_AMX_KERNEL
#include "kernel/target_amx.h"

#define KERNEL circle_kernel_amx
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PAIRS 1
#define MATRIX_UNIT
#define VECTOR_BYTES 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#define TILE_ROWS 256
#include "kernel_template.h"

#include "kernel/target_end.h"
#endif
