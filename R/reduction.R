# How the losses of the anchors become the value.

reductions <- c("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")

resolve_reduction <- function(reduction, call) {
  if (is.null(reduction)) {
    return("none")
  }
  if (!is.character(reduction) || length(reduction) != 1L || !(reduction %in% reductions)) {
    stop_circleloss(
      "reduction",
      c(
        "{.arg reduction} must name a reduction, not {describe_value(reduction)}.",
        "i" = "The choices are {.val {reductions}}.",
        "i" = "{.code NULL} stands for {.val none}."
      ),
      argument = "reduction",
      call = call
    )
  }
  as.character(reduction)
}
