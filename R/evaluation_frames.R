# An evaluation as data frames. The generics of package generics are re-exported.

evaluation_frames <- c("metrics", "anchors", "classes", "cmc")

#' @rdname embedding_evaluation
#' @export
as.data.frame.embedding_evaluation <- function(x, row.names = NULL, optional = FALSE, ...,
                                               what = c("metrics", "anchors", "classes", "cmc")) {
  what <- match_choice(what, evaluation_frames, "what", call = environment())
  switch(what, metrics = metric_frame(x), cmc = cmc_frame(x), x[[what]])
}

metric_frame <- function(x) {
  names <- names(x$metrics)
  at_k <- grepl("^(precision|recall)_at_[0-9]+(_by_class)?$", names)
  k <- rep(NA_integer_, length(names))
  k[at_k] <- as.integer(gsub("[^0-9]", "", names[at_k]))
  intervals <- x$intervals[c("lower", "upper", "reason")]
  data.frame(metric = names, k = k, value = unname(x$metrics), intervals)
}

# The cumulative match characteristic: one row for each rank at which it rises. `match_rate` is the
# recall at k = `rank`.
cmc_frame <- function(x) {
  first <- x$anchors$first_rank
  first <- first[!is.na(first)]
  rank <- sort(unique(first))
  anchors <- cumsum(tabulate(match(first, rank), length(rank)))
  data.frame(rank = rank, anchors = anchors, match_rate = anchors / length(first))
}

#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' @rdname embedding_evaluation
#' @export
tidy.embedding_evaluation <- function(x, ...) {
  metric_frame(x)
}

#' @rdname embedding_evaluation
#' @export
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

#' @rdname embedding_evaluation
#' @export
augment.embedding_evaluation <- function(x, data = NULL, ...) {
  anchors <- x$anchors
  names(anchors) <- paste0(".", names(anchors))
  if (is.null(data)) {
    return(anchors)
  }
  if (!is.data.frame(data) || nrow(data) != nrow(anchors)) {
    stop_circleloss(
      "parameter",
      "{.arg data} must be a data frame of {count_of(nrow(anchors), 'row')}, one for each anchor,
       not {if (is.data.frame(data)) count_of(nrow(data), 'row') else describe_value(data)}.",
      argument = "data",
      call = environment()
    )
  }
  cbind(data, anchors)
}
