# Errors and warnings as a whole.

x <- five_embeddings()
y <- five_labels()

# Calls that raise an error or hand on the leaf of one, and where in the call the leaf stands.
leaf_position <- c(
  stop_circleloss = 1, warn_circleloss = 1, as_base_object = 3, as_numbers = 2, stop_number = 1,
  stop_number_count = 1, check_choice = 5, match_choice = 5
)

leaves_in <- function(code) {
  if (!is.call(code)) {
    return(NULL)
  }
  name <- if (is.name(code[[1]])) as.character(code[[1]]) else ""
  position <- if (name %in% names(leaf_position)) leaf_position[[name]] + 1 else Inf
  own <- if (position <= length(code)) code[[position]]
  family <- if (name == "warn_circleloss") "warning" else "error"
  c(
    if (is.character(own)) paste("circleloss", family, own, sep = "_"),
    unlist(lapply(as.list(code), leaves_in))
  )
}

raised_classes <- function(files) {
  code <- unlist(lapply(files, function(file) as.list(parse(file))))
  sort(unique(unlist(lapply(code, function(expression) {
    leaves_in(if (is.call(expression)) expression)
  }))))
}

documented_classes <- function(file) {
  lines <- readLines(file)
  items <- regmatches(lines, regexpr("^#' \\* `circleloss_(error|warning)_[a-z_]+`", lines))
  sort(gsub("^#' \\* `|`$", "", items))
}

test_that("the page of conditions lists every class that is raised, and no other", {
  sources <- test_path("..", "..", "R")
  skip_if_not(file.exists(file.path(sources, "conditions.R")), "the sources")
  raised <- raised_classes(list.files(sources, pattern = "[.]R$", full.names = TRUE))
  expect_gt(length(raised), 15)
  expect_identical(raised, documented_classes(file.path(sources, "circleloss-package.R")))
})

test_that("errors have their leaf, the family and rlang's class, and fields", {
  error <- expect_error(loss_circle(y, x, gamma = 0))
  expect_identical(
    class(error)[1:3],
    c("circleloss_error_parameter", "circleloss_error", "rlang_error")
  )
  expect_identical(error$argument, "gamma")
})

test_that("warnings have their leaf, the family and rlang's class", {
  warning <- expect_warning(loss_circle(y, x * 2))
  expect_identical(
    class(warning)[1:3],
    c("circleloss_warning_not_unit", "circleloss_warning", "rlang_warning")
  )
})

test_that("the session is as before after an error", {
  before <- loss_circle(y, x)
  expect_error(loss_circle(y, x * NaN))
  expect_error(loss_circle(y, x * 1e300))
  expect_identical(loss_circle(y, x), before)
})

# What the engine says -------------------------------------------------------------------------

says <- function(status, where = c(1, 3, 0), dtype = "float32", or_normalize = "",
                 scaled_by = NULL) {
  batch <- list(embeddings = five_embeddings() * NaN, references = five_embeddings() * Inf)
  stop_status(status, where, batch, list(dtype = dtype), or_normalize, scaled_by, NULL)
}

test_that("every overflow names its place and remedies", {
  or_normalize <- ", or set {.code normalize = TRUE}"
  expect_refused("overflow", {
    says("embedding_overflow", dtype = "float16")
    says("embedding_overflow", c(2, 1e6, 0))
    says("similarity_overflow", or_normalize = or_normalize)
    says("similarity_overflow", or_normalize = NULL)
    says("loss_overflow", scaled_by = "sample_weight")
    says("loss_overflow", dtype = "float64")
    says("gradient_overflow", c(2, 4, 0), or_normalize = or_normalize, scaled_by = "upstream")
    says("value_overflow")
    says("value_overflow", scaled_by = "sample_weight")
  })
})

test_that("a lack of memory is an error of its own", {
  large <- list(embeddings = matrix(0, large_input, 1))
  expect_refused("memory", {
    says("out_of_memory")
    guard_memory(large, NULL, stop("cannot allocate vector", call. = FALSE))
  })
})

test_that("other errors of the engine are seen as they are", {
  large <- list(embeddings = matrix(0, large_input, 1))
  expect_error(guard_memory(large, NULL, stop("as it is")), "as it is", class = "simpleError")
  expect_error(guard_memory(list(embeddings = x), NULL, stop("as it is")), class = "simpleError")
  expect_identical(guard_memory(large, NULL, 5), 5)
})

test_that("what cannot be converted is named by its class, with the reason", {
  reason <- simpleError("no method")
  expect_refused("labels", {
    stop_conversion("y_true", c("a", "b"), "labels", reason, NULL)
  })
})

test_that("missing packages are asked for", {
  expect_refused("package", {
    need_package("nonesuchpackage", "to read objects of Python", NULL)
  })
})

test_that("numbers are written as people write them", {
  expect_identical(format_count(c(5, 1e6)), c("5", "1000000"))
  expect_identical(count_of(1, "row"), "1 row")
  expect_identical(count_of(1e5, "row"), "100000 rows")
  expect_identical(count_of(0L, "label"), "0 labels")
  expect_identical(format_length(2 / 3), "0.667")
  expect_identical(format_shape(c(5L, 1L)), "5 x 1")
})
