# Objects saved by R: a matrix, a data frame, or a list of embeddings and labels.

read_rds <- function(file, form, call) {
  split_object(load_rds(file, call), file, form, call)
}

load_rds <- function(file, call) {
  tryCatch(
    # A truncated file gives a warning before its error
    suppressWarnings(readRDS(file)),
    error = function(error) {
      stop_file(
        file, NA, "it was not written by `saveRDS()`, or is damaged",
        "Write it again with `saveRDS()`.", call, parent = error
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

# A list with the embeddings, labels and possibly other elements.
split_list <- function(object, file, form, call) {
  if (is.null(object$embeddings)) {
    stop_file(
      file, NA, paste0("the list in it has no element \"embeddings\""),
      "Save a matrix, a data frame, or a list of `embeddings` and `labels`.", call
    )
  }
  elements <- setdiff(names(object)[!vapply(object, is.null, NA)], "embeddings")
  chosen <- choose_columns(
    form[c("labels", "names")], elements, length(elements), file, NA, call
  )
  element <- if (!is.na(chosen$labels)) elements[[chosen$labels]]
  embeddings <- embeddings_of_object(object$embeddings, file, call)
  if (!is.na(chosen$names)) {
    embeddings <- name_rows(embeddings, object[[elements[[chosen$names]]]], file, call)
  }
  list(
    embeddings = select_dimensions(embeddings, form, file, call),
    labels = if (!is.null(element)) labels_of_object(object[[element]], file, call),
    labels_from = if (!is.null(element)) paste0("element \"", element, "\""),
    label_file = chosen$label_file
  )
}

# Adds row names from a separate element or array.
name_rows <- function(embeddings, names, file, call) {
  if (length(names) != nrow(embeddings)) {
    problem <- paste0(
      "it has ", count_of(length(names), "name"), " for ", count_of(nrow(embeddings), "embedding")
    )
    stop_file(file, NA, problem, "Give a name for every embedding.", call)
  }
  rownames(embeddings) <- text_of_names(as.vector(names))
  embeddings
}
