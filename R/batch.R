# A batch: embeddings, labels, references and sample weights that fit one another, in the types
# that the engine reads.

new_batch <- function(y_true, y_pred, settings, sample_weight, call) {
  embeddings <- as_embeddings(y_pred, "y_pred", call)
  labels <- as_labels(y_true, "y_true", call)
  references <- settings$ref_embeddings
  reference_labels <- settings$ref_labels
  count <- nrow(embeddings)

  if (length(labels) != count) {
    stop_label_count("y_true", length(labels), "y_pred", count, call)
  }
  if (!is.null(references)) {
    check_references(references, reference_labels, embeddings, call)
  } else if (!is.null(reference_labels) && length(reference_labels) != count) {
    stop_label_count("ref_labels", length(reference_labels), "y_pred", count, call)
  }
  codes <- code_labels(labels, reference_labels, call)

  list(
    embeddings = embeddings,
    labels = codes[[1]],
    references = references,
    reference_labels = codes[[2]],
    sample_weight = as_sample_weight(sample_weight, count, call)
  )
}

# That ref_labels and ref_embeddings fit each other is known since the settings were made.
check_references <- function(references, reference_labels, embeddings, call) {
  if (ncol(references) != ncol(embeddings)) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_embeddings} must have as many columns as {.arg y_pred}.",
        "x" = "It has {count_of(ncol(references), 'column')},
               {.arg y_pred} has {count_of(ncol(embeddings), 'column')}."
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
         {.arg y_pred}.",
        "x" = "It has {count_of(nrow(references), 'row')},
               {.arg y_pred} has {count_of(nrow(embeddings), 'row')}.",
        "i" = "Without {.arg ref_labels}, {.arg y_true} labels the references too."
      ),
      argument = "ref_embeddings",
      call = call
    )
  }
}

stop_label_count <- function(argument, labels, rows_of, rows, call) {
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must have one label for each row of {.arg {rows_of}}.",
      "x" = "It has {count_of(labels, 'label')}, {.arg {rows_of}} has {count_of(rows, 'row')}.",
      "i" = if (labels == 1L) {
        "A single label is not recycled;
         {.code rep({argument}, {format_count(rows)})} says it of all rows."
      }
    ),
    argument = argument,
    call = call
  )
}
