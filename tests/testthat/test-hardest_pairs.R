# The hardest pairs.

x <- five_embeddings()
y <- c("cat", "cat", "dog", "dog", "cow")
evaluation <- evaluate_embeddings(x, y, dtype = "float64")

test_that("the hardest pairs of both kinds come first, with rows and labels", {
  pairs <- hardest_pairs(evaluation, 2)
  expect_identical(pairs, data.frame(
    kind = c("positive", "positive", "negative", "negative"),
    anchor = c(1L, 3L, 2L, 4L),
    anchor_label = c("cat", "dog", "cat", "dog"),
    reference = c(2L, 4L, 3L, 5L),
    reference_label = c("cat", "dog", "dog", "cow"),
    similarity = pairs$similarity
  ))
  expect_equal(pairs$similarity, c(0.6, 0.8, 0.8, 0.6))
})

test_that("one kind may be asked for, and all that there are are given", {
  expect_identical(unique(hardest_pairs(evaluation, kind = "positive")$kind), "positive")
  expect_identical(nrow(hardest_pairs(evaluation, kind = "positive")), 2L)
  expect_identical(nrow(hardest_pairs(evaluation, kind = "negative")), 8L)
  expect_identical(nrow(hardest_pairs(evaluation)), 10L)
  expect_identical(hardest_pairs(evaluation, kind = c("negative", "positive")),
    hardest_pairs(evaluation))
  expect_identical(nrow(hardest_pairs(evaluation, 0)), 0L)
  expect_named(hardest_pairs(evaluation, 0), names(hardest_pairs(evaluation)))
})

test_that("there may be none", {
  alone <- quiet_evaluation(x, 1:5)
  expect_identical(nrow(hardest_pairs(alone, kind = "positive")), 0L)
})

test_that("names of rows are beside their numbers", {
  named <- x
  rownames(named) <- c("Ada", "Bo", "Cy", "Di", "Ed")
  pairs <- hardest_pairs(evaluate_embeddings(named, y), 2)
  expect_named(pairs, c(
    "kind", "anchor", "anchor_name", "anchor_label", "reference", "reference_name",
    "reference_label", "similarity"
  ))
  expect_identical(pairs$anchor_name, rownames(named)[pairs$anchor])
  expect_identical(pairs$reference_name, rownames(named)[pairs$reference])
  references <- x[c(5, 3), ]
  against <- hardest_pairs(evaluate_embeddings(named, y, references, c("cat", "dog")), 1)
  expect_identical(against$anchor_name, c("Ada", "Ed"))
  expect_null(against$reference_name)
  rownames(references) <- c("u", "v")
  against <- hardest_pairs(evaluate_embeddings(x, y, references, c("cat", "dog")), 1)
  expect_identical(against$reference_name, c("u", "u"))
  expect_null(against$anchor_name)
})

test_that("with references both sides have their own rows", {
  against <- evaluate_embeddings(x, y, x[c(5, 3), ], c("cat", "dog"))
  pairs <- hardest_pairs(against, 1)
  expect_identical(pairs$anchor, c(1L, 5L))
  expect_identical(pairs$reference, c(1L, 1L))
  expect_identical(pairs$reference_label, c("cat", "cat"))
})

test_that("labels are as they were given", {
  labels <- factor(y, c("dog", "cow", "cat"))
  pairs <- hardest_pairs(evaluate_embeddings(x, labels), 1)
  expect_identical(pairs$anchor_label, factor(c("cat", "cat"), c("dog", "cow", "cat")))
})

test_that("more than were kept is an error that says what to do", {
  many <- evaluate_embeddings(digits$pixels[1:200, ], digits$digit[1:200], clustering = FALSE)
  expect_identical(nrow(hardest_pairs(many, 1000)), 2000L)
  expect_refused("parameter", {
    hardest_pairs(many, 1001)
    hardest_pairs(many, 1e6, kind = "negative")
  })
})

test_that("what is no evaluation, number or kind is refused", {
  expect_refused("missing_argument", {
    hardest_pairs()
  })
  expect_refused("evaluation", {
    hardest_pairs(x)
    hardest_pairs(NULL)
  })
  expect_refused("parameter", {
    hardest_pairs(evaluation, -1)
    hardest_pairs(evaluation, 1.5)
    hardest_pairs(evaluation, NA)
    hardest_pairs(evaluation, "all")
    hardest_pairs(evaluation, 1:2)
    hardest_pairs(evaluation, kind = "both")
    hardest_pairs(evaluation, kind = character())
    hardest_pairs(evaluation, kind = 1)
  })
})
