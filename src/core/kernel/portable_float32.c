/* Kernel: the platform's baseline, float. Registers of 16 bytes (SSE2 on x86-64, NEON on arm64) if
 * the compiler has vector extensions, otherwise plain C. */
#include "kernel/template/target.h"

#define KERNEL circle_kernel_portable_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 0
#if defined(__GNUC__) && !defined(CIRCLE_PLAIN_C)
#define VECTOR_BYTES 16
#define PANEL_VECTORS 3
#define GRADIENT_VECTORS 2
#else
#define VECTOR_BYTES 0
#define PANEL_VECTORS 12
#define GRADIENT_VECTORS 8
#endif
#define STRIP_ROWS 4
#define GRADIENT_STRIP_ROWS 6
#define TILE_ROWS 192
#include "kernel/template/template.h"
