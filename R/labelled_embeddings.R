# The class of the result of read_embeddings().

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
    if (is.null(x$labels)) "Labels: none" else format_classes(unique(x$labels), x$source$labels)
  )
}

format_classes <- function(classes, source) {
  count <- count_text(length(classes), "class")
  paste0("Labels: ", count, ", from ", source, ": ", first_few(classes))
}

# As many of the first elements as fit a line.
first_few <- function(x, width = 50) {
  # An element takes at least two characters
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
