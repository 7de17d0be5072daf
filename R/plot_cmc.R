# The plot "cmc": how many anchors have found a positive, by rank.

plot_cmc <- function(evaluations) {
  title <- "Anchors with a positive among their first neighbours"
  curves <- stack_curves(evaluations, cmc_curve, describe_cmc)
  if (nrow(curves$rows) == 0L) {
    return(plot_nothing(title, "There is no anchor with a positive pair."))
  }
  chance <- ggplot2::geom_line(
    ggplot2::aes(group = .data$evaluation),
    data = stack_evaluations(curves$evaluations, cmc_of_chance),
    colour = guide_colour, linewidth = guide_linewidth, linetype = "dashed", show.legend = FALSE
  )
  recall <- ggplot2::geom_point(
    ggplot2::aes(shape = .data$evaluation),
    data = stack_evaluations(curves$evaluations, cmc_points), size = 2, show.legend = FALSE
  )
  draw_curves(
    curves, "rank", "match_rate", chance, recall, c("colour", "linetype", "shape")
  ) +
    ggplot2::scale_x_log10(labels = count_mark) +
    ggplot2::labs(
      title = title,
      x = "rank k of a neighbour (log scale)",
      y = "match rate (share of anchors)",
      caption = paste0(
        "Points: recall at the k of the evaluation\nDashed: neighbours in random order",
        curves$missing
      )
    )
}

# From rank 1 on, even if no positive is there, to where nothing changes any more.
cmc_curve <- function(evaluation) {
  curve <- cmc_frame(evaluation)[c("rank", "match_rate")]
  if (nrow(curve) == 0L) {
    return(curve)
  }
  if (curve$rank[[1]] > 1) {
    curve <- rbind(data.frame(rank = 1, match_rate = 0), curve)
  }
  last <- max(curve$rank)
  end <- max(last, evaluation$settings$k, 10)
  if (end > last) rbind(curve, data.frame(rank = end, match_rate = 1)) else curve
}

cmc_points <- function(evaluation) {
  k <- evaluation$settings$k
  recall <- unname(evaluation$metrics[sprintf("recall_at_%d", as.integer(k))])
  points <- data.frame(rank = k, match_rate = recall)
  points[!is.na(recall), ]
}

# With its neighbours in random order, none of an anchor's first k is a positive with the
# probability (N over k) / (P + N over k), P and N the numbers of its positives and negatives.
cmc_of_chance <- function(evaluation, points = 60L) {
  curve <- cmc_curve(evaluation)
  if (nrow(curve) == 0L) {
    return(curve)
  }
  anchors <- evaluation$anchors[evaluation$anchors$positives > 0, ]
  pairs <- unique(anchors[c("positives", "negatives")])
  times <- tabulate(match(
    paste(anchors$positives, anchors$negatives), paste(pairs$positives, pairs$negatives)
  ))
  rank <- unique(round(exp(seq(0, log(max(curve$rank)), length.out = points))))
  missed <- vapply(rank, function(k) {
    k <- pmin(k, pairs$positives + pairs$negatives)
    sum(times * stats::dhyper(0, pairs$positives, pairs$negatives, k)) / sum(times)
  }, 0)
  data.frame(rank = rank, match_rate = 1 - missed)
}

describe_cmc <- function(evaluation) {
  k <- utils::head(as.integer(evaluation$settings$k), 3L)
  recall <- evaluation$metrics[sprintf("recall_at_%d", k)]
  paste("recall", paste0("at ", k, " ", decimal_text(recall), collapse = ", "))
}
