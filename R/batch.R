# A batch: embeddings, labels, references and sample weights that fit one another, in the types
# that the engine reads.

new_batch <- function(y_true, y_pred, settings, sample_weight, call) {
  if (is.object(y_pred) || !is.matrix(y_pred)) {
    check_not_swapped(y_true, y_pred, "y_true", "y_pred", call)
  }
  embeddings <- as_embeddings_of_type(y_pred, "y_pred", call)
  labels <- as_labels(y_true, "y_true", call)
  references <- settings$ref_embeddings
  if (is_embeddings_file(references)) {
    # An instance may have been saved, or its file changed
    references <- opened(references, call)
  }
  reference_labels <- settings$ref_labels
  check_labels_fit(labels, "y_true", embeddings, "y_pred", call)
  if (!is.null(references)) {
    check_references(references, reference_labels, embeddings, c("y_pred", "y_true"), call)
  } else if (!is.null(reference_labels)) {
    check_labels_fit(reference_labels, "ref_labels", embeddings, "y_pred", call)
  }
  codes <- code_labels(labels, reference_labels, call)

  list(
    embeddings = embeddings,
    labels = codes[[1]],
    references = references,
    reference_labels = codes[[2]],
    given_labels = list(labels, reference_labels),
    sample_weight = as_sample_weight(sample_weight, nrow(embeddings), call)
  )
}

# Whether the references fit the embeddings, which with their labels are called `names`.
check_references <- function(references, reference_labels, embeddings, names, call) {
  if (ncol(references) != ncol(embeddings)) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_embeddings} must have as many columns as {.arg {names[[1]]}}.",
        "x" = "It has {count_of(ncol(references), 'column')},
               {.arg {names[[1]]}} has {count_of(ncol(embeddings), 'column')}.",
        "i" = if (nrow(references) == ncol(embeddings)) {
          "If an embedding is a column of it, {.code t(ref_embeddings)} makes it a row."
        }
      ),
      argument = "ref_embeddings",
      call = call
    )
  }
  if (is.null(reference_labels) && nrow(references) != nrow(embeddings)) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_embeddings} needs {.arg ref_labels} unless it has as many rows as
         {.arg {names[[1]]}}.",
        "x" = "It has {count_of(nrow(references), 'row')},
               {.arg {names[[1]]}} has {count_of(nrow(embeddings), 'row')}.",
        "i" = "Without {.arg ref_labels}, {.arg {names[[2]]}} labels the references too."
      ),
      argument = "ref_embeddings",
      call = call
    )
  }
}

# Without a common label the loss is 0, which looks perfect.
warn_if_apart <- function(value, batch, call) {
  both <- length(batch$labels) > 0L && length(batch$reference_labels) > 0L
  if (both && all(value == 0) && share_no_label(batch)) {
    warn_no_common_labels(batch$given_labels[[1]], batch$given_labels[[2]], "y_true", call)
  }
}

# One label for each row of the matrix `x`, which is called `rows_of`.
check_labels_fit <- function(labels, argument, x, rows_of, call) {
  count <- length(labels)
  rows <- nrow(x)
  if (count == rows) {
    return()
  }
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must have one label for each row of {.arg {rows_of}}.",
      "x" = "It has {count_of(count, 'label')}, {.arg {rows_of}} has {count_of(rows, 'row')}.",
      "i" = if (count == 1L) {
        "A single label is not recycled;
         {.code rep({argument}, {format_count(rows)})} repeats it for all rows."
      } else if (count == ncol(x)) {
        "{.arg {rows_of}} has as many columns as there are labels: if an embedding is a column,
         {.code t({rows_of})} makes it a row."
      }
    ),
    argument = argument,
    call = call
  )
}

# Labels in place of the matrix, and the matrix in place of the labels.
check_not_swapped <- function(labels, embeddings, label_argument, argument, call) {
  # dim() of an S4 object needs its package, which may not be installed
  is_vector <- is.atomic(embeddings) && !isS4(embeddings) && is.null(dim(embeddings)) &&
    !is.null(embeddings)
  if (is_vector && !isS4(labels) && length(dim(labels)) == 2L && ncol(labels) != 1L) {
    stop_circleloss(
      "embeddings",
      c(
        "{.arg {label_argument}} and {.arg {argument}} seem to be swapped.",
        "x" = "{.arg {argument}} is a vector of length {format_count(length(embeddings))},
               {.arg {label_argument}} has {count_of(nrow(labels), 'row')} and
               {count_of(ncol(labels), 'column')}.",
        "i" = "{.arg {argument}} is the matrix with one embedding per row, {.arg {label_argument}}
               has one label for each row."
      ),
      argument = argument,
      call = call
    )
  }
}
