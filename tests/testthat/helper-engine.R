# The computed side of a comparison: a problem of helper-data.R handed to the exported functions,
# or straight to the engine, where hundreds of calls would mostly time the checks in front of it.

# Exported functions ---------------------------------------------------------------------------

value_of <- function(problem, dtype = "float64", reduction = "none", ...) {
  arguments <- c(exported_arguments(problem, dtype), list(reduction = reduction, ...))
  without_warnings_of_input(do.call(loss_circle, arguments))
}

gradient_of <- function(problem, dtype = "float64", reduction = "mean", ...) {
  arguments <- c(exported_arguments(problem, dtype), list(reduction = reduction, ...))
  without_warnings_of_input(do.call(loss_circle_gradient, arguments))
}

# Some problems have rows that are not of length 1, or labels that never meet; both warnings have
# tests of their own
without_warnings_of_input <- function(code) {
  suppressWarnings(
    code,
    classes = c("circleloss_warning_not_unit", "circleloss_warning_no_common_labels")
  )
}

exported_arguments <- function(problem, dtype) {
  names_there <- c(
    labels = "y_true", embeddings = "y_pred",
    reference_labels = "ref_labels", references = "ref_embeddings",
    remove_diagonal = "remove_diagonal", gamma = "gamma", margin = "margin"
  )
  names(problem) <- names_there[names(problem)]
  c(problem, dtype = dtype)
}

# Engine ---------------------------------------------------------------------------------------

# One thread unless threads are the subject: the bits are the same, and a loaded machine is quicker

engine_value <- function(problem, dtype = "float64", reduction = "none", sample_weight = NULL,
                         threads = 1L) {
  problem <- with_defaults(problem)
  problem$sample_weight <- sample_weight
  settings <- c(problem, list(dtype = dtype, reduction = reduction))
  .Call(ffi_loss_circle, problem, settings, list(threads = threads))
}

engine_gradient <- function(problem, dtype = "float64", reduction = "mean", sample_weight = NULL,
                            threads = 1L, weights = "differentiated", upstream = NULL,
                            normalize = FALSE, kept_bytes = 0) {
  problem <- with_defaults(problem)
  problem$sample_weight <- sample_weight
  settings <- c(problem, list(dtype = dtype, reduction = reduction, normalize = normalize))
  request <- list(threads = threads, weights = weights, kept_bytes = kept_bytes)
  request$upstream <- upstream
  .Call(ffi_loss_circle, problem, settings, request)
}

# The kernels this machine can run, the most demanding one last. One that is named is used even
# where it is slow, for few pairs
known_instruction_sets <- c("portable", "neon", "avx2", "avx512", "avx512bf16", "amx")

allow_all_instruction_sets <- function() .Call(ffi_instruction_set, "any")

instruction_sets <- function() {
  on.exit(allow_all_instruction_sets())
  unique(vapply(known_instruction_sets, function(limit) .Call(ffi_instruction_set, limit), ""))
}

with_instruction_set <- function(name, code) {
  on.exit(allow_all_instruction_sets())
  .Call(ffi_instruction_set, name)
  code
}

# Comparisons ----------------------------------------------------------------------------------

# `within` is 1 where the naive side is exact next to the computed one (float32 against double),
# 2 where both sides round alike (float64 against double)
within_bounds <- function(dtype) if (dtype == "float64") 2 else 1

expect_naive_losses <- function(object, problem, dtype = "float64") {
  bound <- rounding_bound(problem, dtype, gradient = FALSE)$losses
  expect_within(object, naive_losses_of(problem, dtype), within_bounds(dtype) * bound)
}

# `result` is what loss_circle_gradient() or the engine returned for these arguments
expect_naive_gradient <- function(result, problem, dtype = "float64", weights = "differentiated",
                                  reduction = "mean", sample_weight = NULL, upstream = NULL) {
  naive <- naive_gradient_of(
    problem, dtype = dtype, weights = weights, reduction = reduction,
    sample_weight = sample_weight, upstream = upstream
  )
  bound <- rounding_bound(problem, dtype, weights, reduction, sample_weight, upstream)
  times <- within_bounds(dtype)
  expect_within(result$value, naive$value, times * bound$value)
  expect_within(result$gradient, naive$gradient, times * bound$gradient)
  if (is.null(naive$ref_gradient)) {
    expect_null(result$ref_gradient)
  } else {
    expect_within(result$ref_gradient, naive$ref_gradient, times * bound$ref_gradient)
  }
  invisible(result)
}
