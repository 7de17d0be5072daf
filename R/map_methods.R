# What a fitted map can be asked for.

predict.circle_map <- function(object, new_data, ...) {
  call <- environment()
  need_argument(new_data, "It holds the rows to embed.", call)
  if (...length() > 0L) {
    check_no_dots(dot_names(...), c(formals(predict.circle_map), list(type = "embedding")), call)
  }
  x <- new_rows(new_data, object$inputs, call)
  images <- map_forward(object$layers, standardise(x, object$standard))$images
  embedding <- unit_rows(images)
  dimnames(embedding) <- list(rownames(x), dimension_names(object))
  embedding
}

dimension_names <- function(object) paste0("dim", seq_len(ncol(object$layers$linear)))
