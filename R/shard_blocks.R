# Which blocks of rows there are, and which pairs of them are shards.

# Shards must be large enough to be worth a process, small enough to be shared evenly, and to be
# lost. None of this may depend on the number of workers, since results depend on the blocks.
fewest_block_rows <- 12288
most_block_rows <- 65536

# The ranges of an evaluation begin at multiples of it, CIRCLE_RANGE_ROWS in the engine.
range_rows <- 64

# The rows of a block, where the larger side has so many: by default blocks are about equal.
block_rows <- function(rows, distribution) {
  if (!is.null(distribution$rows)) {
    return(distribution$rows)
  }
  wanted <- min(max(rows / 8, fewest_block_rows), most_block_rows)
  ceiling(max(rows, 1) / max(round(rows / wanted), 1))
}

# Returns list(first, count), of each block.
cut_rows <- function(rows, size) {
  first <- seq(1, max(rows, 1), by = size)
  list(first = first, count = pmin(size, rows - first + 1))
}

rows_of_block <- function(blocks, at) seq(blocks$first[[at]], length.out = blocks$count[[at]])

# How a pair of blocks is computed: as a batch of its own, `self`; for the anchors of both blocks,
# `mutual`; or for those of one block against references, `general`. Rows that are their own
# references, under the same labels, meet once.
shards_of <- function(batch, distribution) {
  anchors <- nrow(batch$embeddings)
  references <- nrow(if (is.null(batch$references)) batch$embeddings else batch$references)
  size <- block_rows(max(anchors, references), distribution)
  symmetric <- is.null(batch$references) && is.null(batch$reference_labels)
  # Equal bounds on both sides: pairs of equal index are in the blocks of equal number alone
  anchors <- cut_rows(anchors, size)
  references <- cut_rows(references, size)
  pairs <- expand.grid(
    reference = seq_along(references$first), anchor = seq_along(anchors$first)
  )
  if (symmetric) {
    pairs <- pairs[pairs$anchor <= pairs$reference, ]
  }
  list(
    anchors = anchors,
    references = references,
    anchor = pairs$anchor,
    reference = pairs$reference,
    kind = if (!symmetric) {
      rep("general", nrow(pairs))
    } else {
      ifelse(pairs$anchor == pairs$reference, "self", "mutual")
    }
  )
}

is_whole <- function(shards) length(shards$kind) == 1L

# Packing all references for a range takes as long as comparing them with some 300 anchors.
fewest_range_rows <- 16384

# The anchors of an evaluation, in the order of their labels and then their rows. Shards have about
# as many pairs as those of a loss, but more of many references.
ranges_of <- function(batch, distribution) {
  anchors <- nrow(batch$embeddings)
  references <- nrow(if (is.null(batch$references)) batch$embeddings else batch$references)
  size <- if (is.null(distribution$rows)) {
    min(max(anchors / 8, 4096), max(most_block_rows^2 / max(references, 1), fewest_range_rows))
  } else {
    distribution$rows
  }
  cut_rows(anchors, range_rows * ceiling(size / range_rows))
}
