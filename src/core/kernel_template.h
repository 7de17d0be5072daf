/* All arithmetic on tiles, for one instruction set and one precision.
 *
 * A kernel file chooses by defining, before it includes this one:
 *   KERNEL                 the name of the table it exports
 *   REAL_IS_DOUBLE         1 or 0: the compute type
 *   VECTOR_BYTES           width of a register, or 0 for a compiler without vector extensions
 *   PANEL_VECTORS, STRIP_ROWS             the register tile of similarities: STRIP_ROWS anchors by
 *                                         PANEL_VECTORS registers of references
 *   GRADIENT_VECTORS, GRADIENT_STRIP_ROWS the register tile of the gradient's products
 *   BFLOAT16_PAIRS         1 where embeddings are packed as pairs of bfloat16 numbers; else 0
 *   MATRIX_UNIT            only where a matrix unit multiplies them
 *   TILE_ROWS              most rows and columns of a tile
 * PANEL_ROWS must be a multiple of STRIP_ROWS and of GRADIENT_STRIP_ROWS, TILE_ROWS of PANEL_ROWS.
 *
 * Layout of a side with rows padded to PANEL_ROWS:
 *   panels:            [panel][word][PANEL_ROWS rows]     similarities; see kernel/packed.h
 *   dimension panels:  [panel of GRADIENT_COLUMNS dimensions][row][GRADIENT_COLUMNS]  gradients
 * A tile is worked off in strips of STRIP_ROWS anchors, whose similarities to all references of the
 * tile stay in the first level cache between the product and the exponentials. */
#ifndef CIRCLE_KERNEL_TEMPLATE_H
#define CIRCLE_KERNEL_TEMPLATE_H

#include "kernel/vector.h"
#include "kernel/exponential.h"
#include "kernel/packed.h"
#include "kernel/pack.h"
#ifdef MATRIX_UNIT
#include "kernel/similarity_amx.h"
#else
#include "kernel/similarity.h"
#endif
#include "kernel/strip.h"
#include "kernel/logsumexp.h"
#include "kernel/gradient.h"
#include "kernel/rank.h"

const circle_kernel KERNEL = {
    .element_size = sizeof(real),
    .word_size = sizeof(word),
    .numbers_per_word = NUMBERS_PER_WORD,
    .numbers_at_once = NUMBERS_AT_ONCE,
    .panel_rows = PANEL_ROWS,
    .strip_rows = STRIP_ROWS,
    .tile_rows = TILE_ROWS,
    .dimension_panel_columns = GRADIENT_COLUMNS,
    .similarity_row_size = ROW_STRIDE * sizeof(real),
    .scratch_size = sizeof(scratch),
    .widest_fixed_logit = WIDEST_FIXED_LOGIT,
    .fixed_scale = FIXED_SCALE,
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
