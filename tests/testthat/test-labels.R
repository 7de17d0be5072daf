# What is accepted as labels, and how both sides are compared.

x <- five_embeddings()

# Integer codes of one side, in order of appearance, whatever the labels.
appearance <- function(labels) {
  codes <- code_labels(as_labels(labels, "y_true", NULL), NULL, NULL)[[1]]
  expect_type(codes, "integer")
  match(codes, unique(codes))
}

# Which of the references each label equals.
matches <- function(labels, references) {
  codes <- code_labels(
    as_labels(labels, "y_true", NULL),
    as_labels(references, "ref_labels", NULL),
    NULL
  )
  lapply(codes, expect_type, "integer")
  match(codes[[1]], codes[[2]])
}

test_that("one side may be of any type", {
  expected <- c(1L, 1L, 2L, 2L, 3L)
  expect_identical(appearance(c(7L, 7L, -1L, -1L, 0L)), expected)
  expect_identical(appearance(c(7, 7, -1, -1, 0)), expected)
  expect_identical(appearance(c("b", "b", "a", "a", "")), expected)
  expect_identical(appearance(factor(c("b", "b", "a", "a", "c"))), expected)
  expect_identical(appearance(c(2^31, 2^31, -2^60, -2^60, 3)), expected)
  expect_identical(appearance(c(1e300, 1e300, -1e300, -1e300, 0)), expected)
  expect_identical(appearance(c(TRUE, TRUE, FALSE)), c(1L, 1L, 2L))
  expect_identical(appearance(c(2^24, 2^24 + 1)), 1:2)
  expect_identical(appearance(c(2^53, 2^53 + 2)), 1:2)
  expect_identical(appearance(c(0, -0)), c(1L, 1L))
  expect_identical(appearance(integer()), integer())
  expect_identical(appearance(character()), integer())
})

test_that("plain integers are used as they are", {
  labels <- c(5L, -3L, 5L)
  expect_identical(code_labels(as_labels(labels, "y_true", NULL), NULL, NULL)[[1]], labels)
})

test_that("one column, 1-d arrays, names and classes that say nothing are fine", {
  expected <- c(1L, 1L, 2L)
  expect_identical(appearance(matrix(c(4, 4, 5))), expected)
  expect_identical(appearance(array(c("a", "a", "b"))), expected)
  expect_identical(appearance(c(u = 4L, v = 4L, w = 5L)), expected)
  expect_identical(appearance(I(c("a", "a", "b"))), expected)
  expect_identical(appearance(I(c(1L, 1L, 3L))), expected)
  expect_identical(appearance(data.frame(label = c("a", "a", "b"))), expected)
  column <- factor(c("a", "a", "b"))
  dim(column) <- c(3, 1)
  expect_identical(appearance(column), expected)
  expect_identical(appearance(ordered(c("a", "a", "b"))), expected)
  expect_identical(appearance(matrix(3L, 1, 1)), 1L)
})

test_that("numbers of both sides are compared as numbers", {
  expect_identical(matches(c(1L, 2L, 3L), c(3, 1)), c(2L, NA, 1L))
  expect_identical(matches(c(2^31, 2^31 + 1, 5), c(5L, 4L)), c(NA, NA, 1L))
  expect_identical(matches(c(1e300, 2^60), c(2^60, 1e300)), 2:1)
  expect_identical(matches(c(TRUE, FALSE), 0:2), 2:1)
  expect_identical(matches(c(TRUE, FALSE), c(1e10, 0)), c(NA, 2L))
  expect_identical(matches(-0, 0), 1L)
})

test_that("text on either side makes both text", {
  expect_identical(matches(c("b", "a", "c"), c("a", "b")), c(2L, 1L, NA))
  expect_identical(matches(factor(c("b", "a")), c("a", "b")), 2:1)
  expect_identical(matches(factor(c("b", "a")), factor(c("c", "b"))), c(2L, NA))
  expect_identical(matches(factor(c("b", "a")), factor(c("a", "b"))), 2:1)
  expect_identical(matches(factor(c("10", "9")), c(9L, 10L)), 2:1)
  expect_identical(matches(c("100000", "1e+05"), 100000L), c(1L, NA))
  expect_identical(matches(c("100000", "1e+05"), 100000), c(1L, NA))
  expect_identical(matches(1e15, c("1000000000000000", "1e15")), 1L)
  expect_identical(matches(c(-0, 2^60), c("0", "1152921504606846976")), 1:2)
  expect_identical(matches(c("TRUE", "1"), TRUE), c(1L, NA))
  latin1 <- iconv("caf\u00e9", "UTF-8", "latin1")
  expect_identical(matches(latin1, "caf\u00e9"), 1L)
})

test_that("integer64 is compared exactly with everything", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64(c("9007199254740993", "9007199254740992", "5"))
  expect_identical(appearance(long), 1:3)
  expect_identical(matches(long, rev(long)), 3:1)
  expect_identical(matches(long, c(2^53, 5)), c(NA, 1L, 2L))
  expect_identical(matches(5L, long), 3L)
  expect_identical(matches(c("5", "9007199254740993"), long), c(3L, 1L))
  expect_identical(matches(c(TRUE, FALSE), bit64::as.integer64(0:1)), 2:1)
  column <- bit64::as.integer64(c(1, 1, 2))
  dim(column) <- c(3, 1)
  expect_identical(appearance(column), c(1L, 1L, 2L))
})

test_that("the value does not depend on what held the labels", {
  y <- five_labels()
  value <- loss_circle(y, x)
  words <- c("cat", "dog", "cow")[y + 1]
  expect_identical(loss_circle(words, x), value)
  expect_identical(loss_circle(factor(words), x), value)
  expect_identical(loss_circle(y * 2^40, x), value)
  against <- loss_circle(y, x, 0:1, diag(2))
  expect_identical(loss_circle(words, x, factor(c("cat", "dog")), diag(2)), against)
})

test_that("missing labels are refused, the first place is named", {
  expect_refused("labels", {
    loss_circle(c(1L, NA, 2L, NA, 3L), x)
    loss_circle(c(1, 2, 3, NaN, 5), x)
    loss_circle(c("a", "b", "c", "d", NA), x)
    loss_circle(c(TRUE, NA, NA, NA, FALSE), x)
    loss_circle(factor(c("a", NA, "c", "d", "e")), x)
    loss_circle(addNA(factor(c("a", "b", NA, "d", "e"))), x)
    loss_circle(1:5, x, c(NA, 1:4))
  })
  error <- expect_error(loss_circle(c(1L, 2L, NA), x))
  expect_identical(error$position, 3L)
})

test_that("missing integer64 labels are refused", {
  skip_if_not_installed("bit64")
  expect_refused("labels", {
    loss_circle(bit64::as.integer64(c(1, 2, NA, 4, 5)), x)
  })
})

test_that("numbers that are not whole are refused", {
  expect_refused("labels", {
    loss_circle(c(1, 1.5, 2, 2.5, 3), x)
    loss_circle(c(1, 2, 3, 4, -Inf), x)
    loss_circle(1:5, x, c(0.1, 1:4))
  })
})

test_that("numbers of labels that do not fit are refused, and one label is not recycled", {
  expect_refused("labels", {
    loss_circle(1:4, x)
    loss_circle(1:6, x)
    loss_circle(1L, x)
    loss_circle("cat", x)
    loss_circle(integer(), x)
    loss_circle(1:5, x, 1:4)
    loss_circle(1:5, x, 1L)
    loss_circle(1:5, x, 1:3, diag(2))
    loss_circle(1:2, matrix(0, 1, 2))
  })
})

test_that("matrices of more than one column are refused, with a remedy", {
  expect_refused("labels", {
    loss_circle(diag(5), x)
    loss_circle(diag(5) > 0, x)
    loss_circle(matrix(1:5, 1), x)
    loss_circle(matrix(1:10, 5), x)
    loss_circle(matrix(letters[1:10], 5), x)
    loss_circle(array(1:8, c(2, 2, 2)), x)
    loss_circle(array(1:5, c(5, 1, 1)), x)
    loss_circle(matrix(1, 5, 0), x)
  })
})

test_that("what is not labels is refused", {
  expect_refused("labels", {
    loss_circle(NULL, x)
    loss_circle(list(1, 2, 3, 4, 5), x)
    loss_circle(data.frame(a = 1:5, b = 1:5), x)
    loss_circle(as.complex(1:5), x)
    loss_circle(raw(5), x)
    loss_circle(mean, x)
    loss_circle(as.Date("2020-01-01") + 1:5, x)
    loss_circle(1:5, x, list(1, 2, 3, 4, 5))
  })
})
