/* All arithmetic on tiles, for one instruction set and one precision.
 *
 * A kernel file chooses by defining, before it includes this one:
 *   KERNEL                 the name of the table it exports
 *   REAL_IS_DOUBLE         1 or 0: the compute type
 *   VECTOR_BYTES           width of a register, or 0 for a compiler without vector extensions
 *   PANEL_VECTORS, STRIP_ROWS             the micro-tile of similarities: STRIP_ROWS anchors by
 *                                         PANEL_VECTORS registers of references
 *   GRADIENT_VECTORS, GRADIENT_STRIP_ROWS the micro-tile of the gradient's products
 *   BFLOAT16_PARTS         how many bfloat16 numbers add up to a packed number: 1, or 3 for floats;
 *                          0 if numbers are packed in the compute type
 *   MATRIX_UNIT            defined if a matrix unit multiplies them
 *   TILE_ROWS              most rows and columns of a tile
 *
 * PANEL_ROWS must be a multiple of STRIP_ROWS and of GRADIENT_STRIP_ROWS, TILE_ROWS of PANEL_ROWS.
 *
 * Layout of an operand with rows padded to PANEL_ROWS:
 *   panels:          for similarities, see packed.h
 *   product panels:  for the gradient's products, see products.h and products_amx.h */
#ifndef CIRCLE_KERNEL_TEMPLATE_H
#define CIRCLE_KERNEL_TEMPLATE_H

/* For 16 registers of 32 bytes, and 32 registers of 64 bytes. */
#if VECTOR_BYTES == 32
#define PANEL_VECTORS 3
#define STRIP_ROWS 4
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 6
#elif VECTOR_BYTES == 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#endif

/* Variable tracking would make up half of the library. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-var-tracking", "align-loops=64")
#endif

#include "kernel/template/vector.h"
#include "kernel/template/exponential.h"
#include "kernel/template/packed.h"
#include "kernel/template/pack.h"
#ifdef MATRIX_UNIT
#include "kernel/template/unit_amx.h"
#include "kernel/template/strip.h"
#include "kernel/template/multiply_amx.h"
#include "kernel/template/products_amx.h"
#else
#include "kernel/template/strip.h"
#include "kernel/template/products.h"
#endif
#include "kernel/template/similarity.h"
#include "kernel/template/tile.h"
#include "kernel/template/forward.h"
#include "kernel/template/backward.h"
#include "kernel/template/sort.h"
#include "kernel/template/rank.h"

static circle_row_bytes row_bytes(size_t dimensions) {
  return (circle_row_bytes){.panels = panel_row_bytes(dimensions),
                            .product_panels = product_row_bytes(dimensions),
                            .gradient = gradient_row_bytes(dimensions)};
}

const circle_kernel KERNEL = {
    .packing = {.element_size = sizeof(real),
                .panel_rows = PANEL_ROWS,
                .tile_rows = TILE_ROWS,
                .row_bytes = row_bytes,
                .pack = pack,
                .unpack = unpack,
                .write_product_panels = write_product_panels,
                .self_product = self_product,
                .gradient_product = gradient_product},
    .strip_rows = STRIP_ROWS,
    .rows_at_once = STRIPS_AT_ONCE * STRIP_ROWS,
    .similarity_row_bytes = ROW_STRIDE * sizeof(real),
    .workspace_size = sizeof(workspace),
    .bytes_per_bin = BYTES_PER_BIN,
    .widest_fixed_logit = WIDEST_FIXED_LOGIT,
    .fixed_scale = FIXED_SCALE,
#ifdef MATRIX_UNIT
    .shortest_row = SHORTEST_ROW,
    .for_shorter_rows = &circle_kernel_avx512_float32,
#endif
    .forward_tile = forward_tile,
    .backward_tile = backward_tile,
    .store_tile = store_tile,
    .sort_positives = sort_positives,
    .rank_tile = rank_tile,
};

#endif
