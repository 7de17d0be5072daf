# What read_embeddings() returns, how it is printed, and how it is passed on.

new_labelled_embeddings <- function(embeddings, labels, source) {
  structure(
    list(embeddings = embeddings, labels = labels, source = source),
    class = "labelled_embeddings"
  )
}

#' @export
format.labelled_embeddings <- function(x, ...) {
  rows <- rownames(x$embeddings)
  c(
    "<labelled_embeddings>",
    paste0(
      count_of(nrow(x$embeddings), "embedding"), " of ",
      count_of(ncol(x$embeddings), "dimension")
    ),
    paste0("From:   ", x$source$file, " (", x$source$format, ")"),
    if (!is.null(colnames(x$embeddings))) {
      paste0("Dims:   ", first_few(colnames(x$embeddings)))
    },
    if (!is.null(x$source$set_aside)) paste0("Aside:  ", first_few(x$source$set_aside)),
    if (!is.null(rows)) paste0("Names:  ", first_few(rows)),
    if (is.null(x$labels)) "Labels: none" else format_classes(x$labels, x$source$labels)
  )
}

format_classes <- function(labels, source) {
  classes <- unique(labels)
  kinds <- if (length(classes) == 1L) "1 class" else paste(length(classes), "classes")
  paste0("Labels: ", kinds, ", from ", source, ": ", first_few(classes))
}

# The first of many, as many as fit a line.
first_few <- function(x, width = 50) {
  # An element takes two signs at least
  some <- as.character(x[seq_len(min(length(x), width %/% 2))])
  fits <- cumsum(nchar(some, "width") + 2) <= width
  shown <- some[seq_len(max(sum(fits), 1L))]
  paste0(paste(shown, collapse = ", "), if (length(shown) < length(x)) ", ...")
}

#' @export
print.labelled_embeddings <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
as.matrix.labelled_embeddings <- function(x, ...) x$embeddings
