# The reductions of the losses of the anchors to the value.

reductions <- c("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")

resolve_reduction <- function(reduction, call) {
  if (is.null(reduction)) {
    return("none")
  }
  check_choice(
    reduction, reductions, "reduction", call, "reduction", "{.code NULL} means {.val none}."
  )
}
