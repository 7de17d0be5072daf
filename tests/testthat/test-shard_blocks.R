# How rows are cut into blocks and pairs of blocks into shards.

blocks_of <- function(anchors, rows, references = NULL, reference_labels = NULL) {
  batch <- list(
    embeddings = matrix(0, anchors, 2),
    references = if (!is.null(references)) matrix(0, references, 2),
    reference_labels = reference_labels
  )
  circleloss:::shards_of(batch, distribution(rows = rows))
}

test_that("blocks cover all rows once", {
  for (rows in c(1, 2, 5, 10, 11)) {
    blocks <- circleloss:::cut_rows(10, rows)
    covered <- unlist(lapply(seq_along(blocks$first), circleloss:::rows_of_block, blocks = blocks))
    expect_identical(as.integer(covered), 1:10)
  }
  expect_identical(circleloss:::cut_rows(0, 5)$count, 0)
})

test_that("rows that are their own references meet once", {
  shards <- blocks_of(10, 4)
  expect_identical(shards$anchor, c(1L, 1L, 1L, 2L, 2L, 3L))
  expect_identical(shards$reference, c(1L, 2L, 3L, 2L, 3L, 3L))
  expect_identical(shards$kind, c("self", "mutual", "mutual", "self", "mutual", "self"))
  expect_identical(blocks_of(10, 10)$kind, "self")
})

test_that("other references and other labels need all pairs of blocks", {
  shards <- blocks_of(10, 4, references = 5)
  expect_identical(shards$anchor, rep(1:3, each = 2))
  expect_identical(shards$reference, rep(1:2, 3))
  expect_identical(unique(shards$kind), "general")
  expect_length(blocks_of(10, 4, reference_labels = 1:10)$kind, 9L)
})

test_that("the default depends on the number of rows alone", {
  rows <- function(n) circleloss:::block_rows(n, distribution())
  expect_identical(rows(0), 1)
  expect_identical(rows(100), 100)
  expect_identical(rows(50000), 12500)
  expect_identical(rows(2e5), 25000)
  expect_identical(rows(1e7), ceiling(1e7 / 153))
})

test_that("ranges of an evaluation begin where the engine can begin", {
  for (n in c(1, 1000, 5000, 1e6)) {
    ranges <- circleloss:::ranges_of(list(embeddings = matrix(0, n, 1)), distribution())
    expect_true(all(ranges$first %% 64 == 1))
    expect_identical(sum(ranges$count), n)
  }
  # Many references are not packed for a few anchors each
  many <- circleloss:::ranges_of(list(embeddings = matrix(0, 1e6, 1)), distribution())
  expect_identical(many$count[[1]], 16384)
})
