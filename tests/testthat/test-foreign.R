# Objects that base R cannot read as numbers, but those of Python.

x <- five_embeddings()
y <- five_labels()

# S4 -------------------------------------------------------------------------------------------

test_that("sparse matrices are embeddings, labels and weights", {
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  expect_s4_class(sparse, "sparseMatrix")
  expect_identical(loss_circle(y, sparse), loss_circle(y, x))
  expect_identical(loss_circle(y, x, y, sparse), loss_circle(y, x, y, x))
  column <- Matrix::Matrix(as.double(1:5), sparse = TRUE)
  expect_identical(loss_circle(column, x), loss_circle(1:5, x))
  expect_identical(
    loss_circle(y, x, sample_weight = column),
    loss_circle(y, x, sample_weight = 1:5)
  )
  expect_identical(dim(loss_circle_gradient(y, sparse)$gradient), dim(x))
})

test_that("logical sparse matrices are refused as dense ones are", {
  skip_if_not_installed("Matrix")
  expect_refused("embeddings", {
    loss_circle(y, Matrix::Matrix(x, sparse = TRUE) > 0)
  })
})

test_that("an S4 method of as.matrix() is found where the class is defined", {
  home <- globalenv()
  methods::setClass("circleloss_pixels", methods::representation(values = "matrix"), where = home)
  suppressMessages(methods::setGeneric("as.matrix", where = home))
  methods::setMethod("as.matrix", "circleloss_pixels", function(x, ...) x@values, where = home)
  on.exit({
    suppressMessages(methods::removeGeneric("as.matrix", where = home))
    methods::removeClass("circleloss_pixels", where = home)
  })
  pixels <- methods::new("circleloss_pixels", values = x)
  expect_identical(loss_circle(y, pixels), loss_circle(y, x))
})

test_that("an S4 object without the method is refused, the reason is kept", {
  home <- globalenv()
  methods::setClass("circleloss_strange", methods::representation(a = "numeric"), where = home)
  on.exit(methods::removeClass("circleloss_strange", where = home))
  strange <- methods::new("circleloss_strange", a = 1)
  error <- expect_error(loss_circle(y, strange), class = "circleloss_error_embeddings")
  expect_s3_class(error$parent, "error")
  expect_error(loss_circle(y, x, y, strange), class = "circleloss_error_embeddings")
  expect_error(loss_circle(strange, x), class = "circleloss_error_labels")
  expect_error(loss_circle(y, x, sample_weight = strange), class = "circleloss_error_sample_weight")
  expect_error(
    loss_circle_gradient(y, x, upstream = strange),
    class = "circleloss_error_upstream"
  )
})

test_that("a class of a package that is missing asks for the package", {
  strange <- structure(1, class = structure("Strange", package = "nonesuchpackage"))
  strange <- asS4(strange)
  expect_refused("package", {
    loss_circle(y, strange)
  })
})

# R's torch ------------------------------------------------------------------------------------

# Enough of a tensor: it gives its numbers only when detached, on the processor, dense and double.
fake_tensor <- function(values, floating = TRUE, ready = character()) {
  step <- function(name) function() fake_tensor(values, floating, c(ready, name))
  tensor <- list2env(list(
    values = values,
    ready = ready,
    detach = step("detached"),
    cpu = step("cpu"),
    to_dense = step("dense"),
    double = step("double"),
    is_sparse = function() !("dense" %in% ready),
    is_floating_point = function() floating
  ))
  structure(tensor, class = c("torch_tensor", "R7"))
}

# The methods that the package torch would register
with_torch_methods <- function(code) {
  as_array <- function(x, ...) {
    stopifnot(all(c("detached", "cpu", "dense", "double") %in% x$ready))
    if (inherits(x$values, "integer64")) {
      values <- suppressWarnings(as.double(as.double(x$values)))
      return(if (is.null(dim(x$values))) values else array(values, dim(x$values)))
    }
    x$values + 0
  }
  assign("as.array.torch_tensor", as_array, globalenv())
  assign("as.integer64.torch_tensor", function(x, ...) x$values, globalenv())
  on.exit(rm(list = c("as.array.torch_tensor", "as.integer64.torch_tensor"), envir = globalenv()))
  code
}

test_that("tensors of R's torch are embeddings, labels and weights", {
  with_torch_methods({
    expect_identical(loss_circle(y, fake_tensor(x)), loss_circle(y, x))
    expect_identical(loss_circle(fake_tensor(y, floating = FALSE), x), loss_circle(y, x))
    weights <- c(2, 1, 0, 3, 5)
    expect_identical(
      loss_circle(y, x, sample_weight = fake_tensor(weights)),
      loss_circle(y, x, sample_weight = weights)
    )
  })
})

test_that("long integers of R's torch are compared exactly", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64("9007199254740992") + bit64::as.integer64(c(0, 1, 0, 1, 5))
  with_torch_methods({
    expect_identical(
      loss_circle(fake_tensor(long, floating = FALSE), x),
      loss_circle(c(0, 1, 0, 1, 5), x)
    )
    column <- long
    dim(column) <- c(5, 1)
    expect_identical(
      loss_circle(fake_tensor(column, floating = FALSE), x),
      loss_circle(c(0, 1, 0, 1, 5), x)
    )
  })
})

test_that("a tensor that cannot be read is refused, the reason is kept", {
  broken <- structure(new.env(), class = "torch_tensor")
  error <- expect_error(loss_circle(y, broken), class = "circleloss_error_embeddings")
  expect_s3_class(error$parent, "error")
})

# integer64 ------------------------------------------------------------------------------------

test_that("integer64 keeps its shape and its missing values", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64(c("9007199254740993", "-5", NA))
  expect_identical(integer64_to_text(long, NULL), c("9007199254740993", "-5", NA))
  expect_identical(integer64_to_double(long[2:3], NULL), c(-5, NA))
  expect_identical(array_of_integer64(long, NULL), long)
})

test_that("sparse matrices of package slam are embeddings", {
  skip_if_not_installed("slam")
  x <- five_embeddings()
  sparse <- slam::as.simple_triplet_matrix(x)
  expect_identical(loss_circle(five_labels(), sparse), loss_circle(five_labels(), x))
  class(sparse) <- c("DocumentTermMatrix", class(sparse))
  expect_identical(unname(as_embeddings(sparse, "x", NULL)), x)
})
