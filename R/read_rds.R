# Objects that R has saved: a matrix, a data frame, or a list of embeddings and labels.

read_rds <- function(file, form, call) {
  split_object(load_rds(file, call), file, form, call)
}

load_rds <- function(file, call) {
  tryCatch(
    # A file that was cut off gives a warning before its error
    suppressWarnings(readRDS(file)),
    error = function(error) {
      stop_file(
        file, NA, "it is not what `saveRDS()` writes, or damaged",
        "Write it again by `saveRDS()`.", call, parent = error
      )
    }
  )
}

split_object <- function(object, file, form, call) {
  if (is.data.frame(object) || !is.list(object)) {
    split_table(object, file, form, call)
  } else {
    split_list(object, file, form, call)
  }
}

# A matrix or data frame, where columns may be the labels and the names.
split_table <- function(object, file, form, call) {
  names <- colnames(object)
  chosen <- choose_columns(form, names, NCOL(object), file, NA, call)
  positions <- c(chosen$labels, chosen$names)
  positions <- positions[!is.na(positions)]
  column <- function(position) if (!is.na(position)) object[, position, drop = TRUE]
  numbers <- if (length(positions) > 0L) object[, -positions, drop = FALSE] else object
  embeddings <- embeddings_of_object(numbers, file, call)
  if (!is.na(chosen$names)) {
    rownames(embeddings) <- as.character(column(chosen$names))
  }
  list(
    embeddings = embeddings,
    labels = labels_of_object(column(chosen$labels), file, call),
    labels_from = if (!is.na(chosen$labels)) describe_column(chosen$labels, names),
    label_file = chosen$label_file
  )
}

# A list whose elements are the embeddings, labels, and whatever else.
split_list <- function(object, file, form, call) {
  if (is.null(object$embeddings)) {
    stop_file(
      file, NA, paste0("the list in it has no element \"embeddings\""),
      "Save a matrix, a data frame, or a list of `embeddings` and `labels`.", call
    )
  }
  elements <- setdiff(names(object)[!vapply(object, is.null, NA)], "embeddings")
  chosen <- choose_columns(form["labels"], elements, length(elements), file, NA, call)
  element <- if (!is.na(chosen$labels)) elements[[chosen$labels]]
  list(
    embeddings = embeddings_of_object(object$embeddings, file, call),
    labels = if (!is.null(element)) labels_of_object(object[[element]], file, call),
    labels_from = if (!is.null(element)) paste0("element \"", element, "\""),
    label_file = chosen$label_file
  )
}

# What the package accepts as embeddings or labels is also accepted from a file, and what it says
# against them is said of the file.
embeddings_of_object <- function(object, file, call) {
  embeddings <- refused_by_file(as_embeddings(object, "embeddings", call), file, call)
  check_finite_in_file(embeddings, file, NULL, call)
  embeddings
}

labels_of_object <- function(object, file, call) {
  if (!is.null(object)) {
    refused_by_file(as_labels(object, "labels", call), file, call)
  }
}

refused_by_file <- function(code, file, call) {
  tryCatch(
    code,
    circleloss_error = function(error) {
      if (inherits(error, c("circleloss_error_package", "circleloss_error_file"))) {
        rlang::cnd_signal(error)
      }
      problem <- sub("[.]$", "", one_line(error))
      stop_file(file, NA, problem, "Save it again after that.", call)
    }
  )
}
