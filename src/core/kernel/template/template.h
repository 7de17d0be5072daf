/* All arithmetic on tiles, for one instruction set and one precision.
 *
 * A kernel file chooses by defining, before it includes this one:
 *   KERNEL                 the name of the table it exports
 *   REAL_IS_DOUBLE         1 or 0: the compute type
 *   VECTOR_BYTES           width of a register, or 0 for a compiler without vector extensions
 *   PANEL_VECTORS, STRIP_ROWS             the register tile of similarities: STRIP_ROWS anchors by
 *                                         PANEL_VECTORS registers of references
 *   GRADIENT_VECTORS, GRADIENT_STRIP_ROWS the register tile of the gradient's products
 *   BFLOAT16_PARTS         of how many bfloat16 numbers an embedding's number is the sum, where
 *                          pairs of such are packed: 1, or 3 for floats; else 0
 *   MATRIX_UNIT            only where a matrix unit multiplies them
 *   TILE_ROWS              most rows and columns of a tile
 *
 * PANEL_ROWS must be a multiple of STRIP_ROWS and of GRADIENT_STRIP_ROWS, TILE_ROWS of PANEL_ROWS.
 *
 * Layout of a side with rows padded to PANEL_ROWS:
 *   panels:            for similarities, see kernel/packed.h
 *   dimension panels:  for the gradient's products, see kernel/products.h and products_amx.h
 * A tile is worked off in strips of STRIP_ROWS anchors, whose similarities to all references of the
 * tile stay in the first level cache between the product and the exponentials; in the second, where
 * a matrix unit makes those of several strips at once. */
#ifndef CIRCLE_KERNEL_TEMPLATE_H
#define CIRCLE_KERNEL_TEMPLATE_H

/* Half of the library would be notes for debuggers on where variables lie. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-var-tracking")
#endif

#include "kernel/template/vector.h"
#include "kernel/template/exponential.h"
#include "kernel/template/packed.h"
#include "kernel/template/pack.h"
#ifdef MATRIX_UNIT
#include "kernel/template/unit_amx.h"
#include "kernel/template/similarity_amx.h"
#else
#include "kernel/template/similarity.h"
#endif
#include "kernel/template/strip.h"
#include "kernel/template/logsumexp.h"
#ifdef MATRIX_UNIT
#include "kernel/template/products_amx.h"
#else
#include "kernel/template/products.h"
#endif
#include "kernel/template/gradient.h"
#include "kernel/template/rank.h"

const circle_kernel KERNEL = {
    .element_size = sizeof(real),
    .panel_rows = PANEL_ROWS,
    .strip_rows = STRIP_ROWS,
    .tile_rows = TILE_ROWS,
    .similarity_row_size = ROW_STRIDE * sizeof(real),
    .scratch_size = sizeof(scratch),
    .widest_fixed_logit = WIDEST_FIXED_LOGIT,
    .fixed_scale = FIXED_SCALE,
#ifdef MATRIX_UNIT
    .shortest_row = SHORTEST_ROW,
    .for_shorter_rows = &circle_kernel_avx512_float32,
#endif
    .packed_row_size = packed_row_size,
    .dimension_row_size = dimension_row_size,
    .gradient_row_size = gradient_row_size,
    .pack = pack,
    .begin_gradient = begin_gradient,
    .scale_gradient = scale_gradient,
    .self_similarity = self_similarity,
    .radial_gradient = radial_gradient,
    .add_tile = add_tile,
    .add_gradient_tile = add_gradient_tile,
    .keep_tile = keep_tile,
    .add_kept_columns = add_kept_columns,
    .add_kept_rows = add_kept_rows,
    .set_weight = set_weight,
    .unpack = unpack,
    .strip_similarities = strip_similarities,
    .set_bins = set_bins,
    .rank_columns = RANK_COLUMNS,
    .rank_tile = rank_tile,
};

#endif
