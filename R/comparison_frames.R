# A comparison as data frames.

comparison_frames <- c("differences", "metrics")

#' @rdname embedding_comparison
#' @export
as.data.frame.embedding_comparison <- function(x, row.names = NULL, optional = FALSE, ...,
                                               what = c("differences", "metrics")) {
  x[[match_choice(what, comparison_frames, "what", call = environment())]]
}

#' @rdname embedding_comparison
#' @export
tidy.embedding_comparison <- function(x, ..., what = c("differences", "metrics")) {
  x[[match_choice(what, comparison_frames, "what", call = environment())]]
}
