# Turns the status of the engine into conditions.

# The engine's tolerance for the length of a row.
unit_tolerance <- 1e-3

# From this many numbers on, memory may run out.
large_input <- 1e5

# If R itself cannot allocate a gradient, its error names no call.
guard_memory <- function(batch, call, work) {
  if (prod(dim(batch$embeddings)) + prod(dim(batch$references)) < large_input) {
    return(work)
  }
  tryCatch(work, error = function(error) {
    if (is.null(conditionCall(error))) {
      stop_memory(call, parent = error)
    }
    rlang::cnd_signal(error)
  })
}

# The argument of the called function that scales rows to unit length, as cli markup; NULL if it is
# set.
or_normalize <- function(settings) {
  if (!is.null(settings$metric)) {
    if (settings$metric == "inner_product") ", or set {.code metric = \"cosine\"}"
  } else if (is.null(settings$normalize)) {
    ""
  } else if (!settings$normalize) {
    ", or set {.code normalize = TRUE}"
  }
}

# Returns the result.
check_result <- function(result, batch, settings, upstream, call) {
  if (result$status != "ok") {
    # The given arguments that the result is proportional to
    factors <- list(sample_weight = batch$sample_weight, upstream = upstream)
    scaled_by <- names(Filter(Negate(is.null), factors))
    stop_status(
      result$status, result$where, batch, settings, or_normalize(settings), scaled_by, call
    )
  }
  not_unit <- result$not_unit
  if (not_unit[[1]] > 0 || not_unit[[4]] > 0) {
    not_unit <- c(
      beyond_rounding(not_unit[1:3], batch$embeddings),
      beyond_rounding(not_unit[4:6], batch$references)
    )
    warn_not_unit(not_unit, embeddings_argument(batch), or_normalize(settings), call)
  }
  if (!is.null(batch$given_labels)) {
    warn_if_apart(result$value, batch, call)
  }
  result
}

# The name of the embeddings in the called function.
embeddings_argument <- function(batch) if (is.null(batch$argument)) "y_pred" else batch$argument

stop_status <- function(status, where, batch, settings, or_normalize, scaled_by, call) {
  argument <- if (where[[1]] == 2) "ref_embeddings" else embeddings_argument(batch)
  row <- where[[2]]
  column <- where[[3]]
  if (status == "out_of_memory") {
    stop_memory(call)
  } else if (status == "not_finite") {
    x <- if (where[[1]] == 2) batch$references else batch$embeddings
    stop_not_finite(x[row, column], row, column, argument, call)
  } else if (status == "value_overflow") {
    stop_value_overflow(row, scaled_by, call)
  } else {
    stop_overflow(status, argument, row, settings$dtype, or_normalize, scaled_by, call)
  }
}

stop_memory <- function(call, parent = NULL) {
  stop_circleloss(
    "memory",
    c(
      "There is not enough memory.",
      "i" = "The engine stores no matrix of pairs, but a few copies of the embeddings: free memory,
             or split the anchors into parts with the same {.arg ref_embeddings}."
    ),
    parent = parent,
    call = call
  )
}

stop_overflow <- function(status, argument, row, dtype, or_normalize, scaled_by, call) {
  what <- switch(status,
    embedding_overflow = "A number in row",
    similarity_overflow = "A similarity of row",
    loss_overflow = "The loss of row",
    gradient_overflow = "The gradient of row"
  )
  stop_circleloss(
    "overflow",
    c(
      "{what} {format_count(row)} of {.arg {argument}} is too large for {.val {dtype}}.",
      "i" = if (!is.null(or_normalize)) {
        paste0("Bring the rows to length 1 with {.fn unit_normalize}", or_normalize, ".")
      },
      "i" = if (dtype != "float64") {
        "Compute with {.code dtype = \"float64\"}, which has a wider range."
      },
      "i" = if (status == "loss_overflow") {
        "The loss grows with {.arg gamma}."
      } else if (status == "gradient_overflow") {
        "The gradient grows with {.arg {c('gamma', scaled_by)}}."
      }
    ),
    argument = argument,
    row = row,
    dtype = dtype,
    call = call
  )
}

# The value is formed in double, whatever the type of the losses.
stop_value_overflow <- function(row, scaled_by, call) {
  stop_circleloss(
    "overflow",
    c(
      "The weighted losses exceed the range of a double, from row {format_count(row)} on.",
      "i" = if (length(scaled_by) > 0L) "Use smaller numbers in {.arg {scaled_by}}.",
      "i" = "Bring the rows to length 1 with {.fn unit_normalize}, or use a smaller {.arg gamma}."
    ),
    row = row,
    dtype = "float64",
    call = call
  )
}

# The number of rows that are not of length 1, the first of them and its length, without those
# within the rounding of 16 bits: both the norm that a row was divided by and its numbers were
# rounded before.
beyond_rounding <- function(not_unit, x) {
  type <- attr(x, "source_type")
  if (is.null(type) || not_unit[[1]] == 0) {
    return(not_unit)
  }
  lengths <- row_lengths(x)
  off <- which(abs(lengths - 1) > unit_tolerance + 2 * sixteen_bit_roundoff[[type]])
  if (length(off) == 0L) c(0, 0, 0) else c(length(off), off[[1]], lengths[[off[[1]]]])
}

# Of a file a part at a time.
row_lengths <- function(x) {
  if (is.matrix(x)) {
    return(sqrt(rowSums(x^2)))
  }
  parts <- split(seq_len(nrow(x)), (seq_len(nrow(x)) - 1L) %/% 10000L)
  unlist(lapply(parts, function(rows) row_lengths(x[rows, , drop = FALSE])), use.names = FALSE)
}

# One warning for embeddings and references.
warn_not_unit <- function(not_unit, argument, or_normalize, call) {
  if (not_unit[[1]] == 0 && not_unit[[4]] == 0) {
    return()
  }
  sides <- c(
    not_unit_side(argument, not_unit[1:3]),
    not_unit_side("ref_embeddings", not_unit[4:6])
  )
  warn_circleloss(
    "not_unit",
    c(
      "Rows should have length 1, since inner products are taken as cosine similarities.",
      sides,
      "i" = paste0("Normalise them first with {.fn unit_normalize}", or_normalize, ".")
    ),
    rows = rlang::set_names(not_unit[c(1, 4)], c(argument, "ref_embeddings")),
    call = call
  )
}

not_unit_side <- function(argument, not_unit) {
  count <- not_unit[[1]]
  if (count == 0) {
    return(NULL)
  }
  verb <- if (count == 1) "is not: it" else "are not: the first"
  c("x" = cli::format_inline(
    "{count_of(count, 'row')} of {.arg {argument}} {verb} is row {format_count(not_unit[[2]])}, ",
    "of length {format_length(not_unit[[3]])}."
  ))
}
