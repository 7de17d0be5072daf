# What is accepted as embeddings, and what is not.

x <- five_embeddings()
y <- five_labels()

test_that("a double matrix is taken as it is", {
  expect_identical(as_embeddings(x, "y_pred", NULL), x)
  named <- x
  dimnames(named) <- list(letters[1:5], c("u", "v"))
  expect_identical(as_embeddings(named, "y_pred", NULL), named)
})

test_that("integer matrices and matrices with a class become double matrices", {
  integers <- matrix(1:6, 2, dimnames = list(NULL, c("a", "b", "c")))
  expected <- matrix(as.double(1:6), 2, dimnames = dimnames(integers))
  expect_identical(as_embeddings(integers, "y_pred", NULL), expected)
  expect_identical(as_embeddings(I(expected), "y_pred", NULL), expected)
  expect_identical(as_embeddings(stats::ts(expected), "y_pred", NULL), expected)
})

test_that("data frames of numeric columns become double matrices", {
  frame <- data.frame(a = 1:2, b = c(0.5, 1.5))
  expected <- cbind(a = c(1, 2), b = c(0.5, 1.5))
  expect_identical(as_embeddings(frame, "y_pred", NULL), expected)

  class(frame) <- c("tbl_df", "tbl", "data.frame")
  expect_identical(as_embeddings(frame, "y_pred", NULL), expected)

  frame <- data.frame(row.names = c("r", "s"), a = 1:2)
  frame$m <- matrix(as.double(3:6), 2)
  expect_identical(
    as_embeddings(frame, "y_pred", NULL),
    matrix(as.double(1:6), 2, dimnames = list(c("r", "s"), c("a", "m.1", "m.2")))
  )
})

test_that("matrices without entries may be of any type", {
  expect_identical(as_embeddings(matrix(nrow = 0, ncol = 3), "x", NULL), matrix(0, 0, 3))
  expect_identical(as_embeddings(matrix(nrow = 3, ncol = 0), "x", NULL), matrix(0, 3, 0))
  expect_identical(dim(as_embeddings(data.frame(row.names = 1:3), "x", NULL)), c(3L, 0L))
  expect_identical(dim(as_embeddings(data.frame(a = numeric()), "x", NULL)), c(0L, 1L))
})

test_that("integer64 becomes double", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64(1:4)
  frame <- data.frame(a = long[1:2], b = 1:2)
  expect_identical(as_embeddings(frame, "x", NULL), cbind(a = c(1, 2), b = c(1, 2)))
  dim(long) <- c(2, 2)
  expect_identical(as_embeddings(long, "x", NULL), matrix(as.double(1:4), 2))
})

test_that("the value does not depend on what held the numbers", {
  value <- loss_circle(y, x)
  expect_identical(loss_circle(y, as.data.frame(x)), value)
  expect_identical(loss_circle(y, x, y, as.data.frame(x)), loss_circle(y, x, y, x))
  whole <- rbind(c(1L, 0L), c(0L, 1L), c(0L, -1L))
  expect_identical(loss_circle(c(1, 1, 2), whole), loss_circle(c(1, 1, 2), whole + 0))
})

test_that("vectors are refused, with the way to make them matrices", {
  expect_refused("embeddings", {
    loss_circle(1:3, c(1, 2, 3))
    loss_circle(1L, 1:3)
    loss_circle(1L, numeric())
    loss_circle(1L, array(1:3))
    loss_circle(1L, "a")
  })
})

test_that("other shapes are refused", {
  expect_refused("embeddings", {
    loss_circle(1:2, array(1, c(2, 3, 4)))
    loss_circle(1:2, NULL)
    loss_circle(1:2, list(1, 2))
    loss_circle(1:2, mean)
    loss_circle(1:2, quote(x))
    loss_circle(1:2, stats::dist(diag(2)))
    loss_circle(1:3, stats::prcomp(x[1:3, ]))
    loss_circle(1:3, stats::princomp(x))
    loss_circle(1:3, list(layout = x, k = 2))
    loss_circle(1:3, svd(x))
    loss_circle(1:5, stats::kmeans(x, x[1:2, ]))
    loss_circle(1:2, Sys.Date())
  })
})

test_that("what messages advise works", {
  value <- loss_circle(y, x)
  rows <- lapply(1:5, function(i) x[i, ])
  expect_identical(loss_circle(y, do.call(rbind, rows)), value)
  frame <- data.frame(name = letters[1:5])
  frame$vector <- rows
  expect_refused("embeddings", {
    loss_circle(y, rows)
    loss_circle(y, frame["vector"])
  })
  expect_identical(loss_circle(y, do.call(rbind, frame$vector)), value)
  expect_identical(loss_circle(y, Filter(is.numeric, as.data.frame(cbind(frame[1], x)))), value)
  components <- stats::prcomp(x)$x
  expect_identical(unit_normalize(components), unit_normalize(stats::prcomp(x)$x))
})

test_that("what was read from a file is embeddings, and its labels are labels", {
  read <- new_labelled_embeddings(x, y, list(file = "pets.csv", format = "csv"))
  expect_identical(as.matrix(read), x)
  expect_identical(loss_circle(y, read), loss_circle(y, x))
  expect_identical(unit_normalize(read), unit_normalize(x))
  expect_identical(loss_circle(y, x, read$labels, read), loss_circle(y, x, y, x))
  expect_refused("labels", {
    loss_circle(read, read)
  })
})

test_that("matrices that are not numeric are refused", {
  expect_refused("embeddings", {
    loss_circle(1:2, matrix(c("a", "b")))
    loss_circle(1:2, diag(2) > 0)
    loss_circle(1:2, matrix(1i, 2, 2))
    loss_circle(1:2, matrix(list(1, 2)))
    loss_circle(1:2, matrix(raw(4), 2))
    loss_circle(y, x, y, x > 0)
  })
})

test_that("the first column that is not numeric is named", {
  frame <- data.frame(a = 1:2, species = c("u", "v"), flag = TRUE)
  expect_refused("embeddings", {
    loss_circle(1:2, frame)
    loss_circle(1:2, frame[c("a", "flag")])
    loss_circle(1:2, data.frame(a = factor(1:2)))
    loss_circle(1:2, data.frame(a = Sys.Date() + 1:2))
    loss_circle(1:2, data.frame(a = I(list(1, 2))))
    loss_circle(1:2, diag(2), 1:2, frame)
  })
})
