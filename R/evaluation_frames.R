# An evaluation as data frames, for scripts and for the generics of package generics.

evaluation_frames <- c("metrics", "anchors", "classes")

#' @rdname embedding_evaluation
#' @export
as.data.frame.embedding_evaluation <- function(x, row.names = NULL, optional = FALSE, ...,
                                               what = c("metrics", "anchors", "classes")) {
  call <- environment()
  if (identical(what, evaluation_frames)) {
    what <- "metrics"
  }
  if (!is_one_of(what, evaluation_frames)) {
    stop_parameter("what", what, "\"metrics\", \"anchors\" or \"classes\"", call)
  }
  if (what == "metrics") metric_frame(x) else x[[what]]
}

metric_frame <- function(x) {
  names <- names(x$metrics)
  at_k <- grepl("^(precision|recall)_at_[0-9]+(_by_class)?$", names)
  k <- rep(NA_integer_, length(names))
  k[at_k] <- as.integer(gsub("[^0-9]", "", names[at_k]))
  data.frame(metric = names, k = k, value = unname(x$metrics))
}

#' @rdname embedding_evaluation
#' @method tidy embedding_evaluation
#' @exportS3Method generics::tidy embedding_evaluation
tidy.embedding_evaluation <- function(x, ...) {
  metric_frame(x)
}

#' @rdname embedding_evaluation
#' @method glance embedding_evaluation
#' @exportS3Method generics::glance embedding_evaluation
glance.embedding_evaluation <- function(x, ...) {
  sizes <- x$sizes
  data.frame(
    sizes[c("anchors", "references", "dimensions", "classes")],
    positive_pairs = sizes$pairs[["positive"]],
    negative_pairs = sizes$pairs[["negative"]],
    sizes[c("counted", "lone")],
    as.list(x$metrics)
  )
}
