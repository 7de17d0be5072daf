# Evaluations to draw, made by base R on full matrices, so that the tests of the pictures need no
# engine. They hold what the pictures use, in the form that evaluate_embeddings() gives it.

evaluation_to_draw <- function(embeddings, labels, k = 1, gamma = 80, margin = 0.4,
                             normalize = TRUE) {
  x <- if (normalize) naive_unit(embeddings) else embeddings
  pairs <- naive_pairs(labels, x, gamma = gamma, margin = margin)
  diag(pairs$s) <- NA
  anchors <- anchors_to_draw(pairs, labels)
  # Where the logit of one pair, (d^2 - m^2) gamma or (s^2 - m^2) gamma, is the sum P or Q
  soft <- function(sums) sqrt(ifelse(sums == -Inf, NA, pmax(sums / gamma + margin^2, 0)))
  anchors$positive_soft <- 1 - soft(pairs$p)
  anchors$negative_soft <- soft(pairs$q)
  each <- upper.tri(pairs$s)
  positive <- sort(pairs$s[each & pairs$positive])
  negative <- sort(pairs$s[each & pairs$negative])
  roc <- roc_to_draw(positive, negative)
  density <- density_to_draw(positive, negative)
  evaluation <- list(
    settings = list(
      k = k, metric = if (normalize) "cosine" else "inner_product", gamma = gamma, margin = margin
    ),
    sizes = list(
      anchors = nrow(x), references = nrow(x), dimensions = ncol(x),
      classes = length(unique(labels)), self = TRUE,
      pairs = c(positive = length(positive), negative = length(negative))
    ),
    metrics = metrics_to_draw(anchors, positive, negative, roc, density),
    roc = roc,
    density = density,
    anchors = anchors,
    classes = classes_to_draw(anchors)
  )
  structure(evaluation, class = "embedding_evaluation")
}

anchors_to_draw <- function(pairs, labels) {
  best <- function(s, which, choose) {
    vapply(seq_len(nrow(s)), FUN.VALUE = 0, function(i) {
      values <- s[i, which[i, ]]
      if (length(values) > 0L) choose(values) else NA_real_
    })
  }
  hardest_negative <- best(pairs$s, pairs$negative, max)
  nearest_positive <- best(pairs$s, pairs$positive, max)
  before <- rowSums(pairs$negative & pairs$s >= nearest_positive, na.rm = TRUE)
  data.frame(
    anchor = seq_along(labels),
    label = labels,
    loss = pairs$losses,
    positives = rowSums(pairs$positive),
    negatives = rowSums(pairs$negative),
    first_rank = ifelse(is.na(nearest_positive), NA, 1 + before),
    recall_at_1 = as.numeric(nearest_positive > ifelse(
      is.na(hardest_negative), -Inf, hardest_negative
    )),
    hardest_positive_similarity = best(pairs$s, pairs$positive, min),
    hardest_negative_similarity = hardest_negative,
    positive_mean = best(pairs$s, pairs$positive, mean),
    negative_mean = best(pairs$s, pairs$negative, mean)
  )
}

classes_to_draw <- function(anchors) {
  rows <- lapply(split(anchors, anchors$label), function(class) {
    data.frame(
      label = class$label[[1]], anchors = nrow(class), loss = mean(class$loss),
      recall_at_1 = mean(class$recall_at_1)
    )
  })
  do.call(rbind, rows)
}

# The share of either kind of pair above every threshold, from none to all.
roc_to_draw <- function(positive, negative) {
  if (length(positive) == 0L || length(negative) == 0L) {
    return(data.frame(
      threshold = numeric(), false_accept_rate = numeric(), true_accept_rate = numeric()
    ))
  }
  every <- unique(stats::quantile(c(positive, negative), seq(1, 0, length.out = 2000), type = 1))
  strict <- sort(unique(c(utils::tail(negative, 500), every)), decreasing = TRUE)
  data.frame(
    threshold = c(Inf, strict),
    false_accept_rate = c(0, 1 - findInterval(strict, negative, left.open = TRUE) /
      length(negative)),
    true_accept_rate = c(0, 1 - findInterval(strict, positive, left.open = TRUE) /
      length(positive))
  )
}

# In as many bins as Rice's rule wants.
density_to_draw <- function(positive, negative) {
  all <- c(positive, negative)
  if (length(all) == 0L) {
    return(data.frame(similarity = numeric(), positive = numeric(), negative = numeric()))
  }
  bins <- ceiling(2 * min(length(positive), length(negative))^(1 / 3)) + 1
  ends <- range(all) + c(-1e-6, 1e-6)
  breaks <- seq(ends[[1]], ends[[2]], length.out = bins + 1)
  width <- breaks[[2]] - breaks[[1]]
  density <- function(x) {
    tabulate(findInterval(x, breaks, all.inside = TRUE), bins) / length(x) / width
  }
  data.frame(
    similarity = breaks[-1] - width / 2, positive = density(positive), negative = density(negative)
  )
}

metrics_to_draw <- function(anchors, positive, negative, roc, density) {
  rates <- c("0.1", "0.01", "0.001", "0.0001", "0.00001")
  accepted <- vapply(rates, FUN.VALUE = 0, function(rate) {
    if (nrow(roc) == 0L) {
      NA_real_
    } else {
      max(roc$true_accept_rate[roc$false_accept_rate <= as.numeric(rate)])
    }
  })
  ranks <- rank(c(positive, negative))
  counts <- c(length(positive), length(negative))
  above <- sum(ranks[seq_along(positive)]) - counts[[1]] * (counts[[1]] + 1) / 2
  both <- pmin(density$positive, density$negative)
  counted <- anchors$loss > 0
  c(
    loss = if (any(counted)) sum(anchors$loss) / sum(counted) else 0,
    recall_at_1 = mean(anchors$recall_at_1, na.rm = TRUE),
    auc = above / prod(counts),
    equal_error_rate = roc$false_accept_rate[
      which(roc$false_accept_rate >= 1 - roc$true_accept_rate)[1]
    ],
    rlang::set_names(accepted, paste0("tar_at_far_", rates)),
    positive_sd = stats::sd(positive),
    negative_sd = stats::sd(negative),
    overlap = sum(both) * (density$similarity[2] - density$similarity[1])
  )
}

# Two embeddings of the same labels, one that tells the classes apart and one that hardly does.
good_and_bad <- function(n = 120, structure = "few") {
  lapply(list(good = 0.5, bad = 2), function(noise) {
    problem <- random_problem(n, 8, structure, noise = noise)
    evaluation_to_draw(problem$embeddings, problem$labels)
  })
}

# Draws on a device that writes nothing.
on_null_device <- function(code) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  force(code)
}

drawn_silently <- function(plot) on_null_device(invisible(ggplot2::ggplotGrob(plot)))

# The words of the legend of colours, in its order.
legend_words <- function(plot) {
  scale <- ggplot2::ggplot_build(plot)$plot$scales$get_scales("colour")
  as.character(scale$get_labels())
}

skip_if_no_report <- function() {
  skip_if_not_installed("ggplot2")
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "pandoc")
}
