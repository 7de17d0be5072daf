# Intervals: their influences against naive deletion, and where there are none.

# Classes with centres of their own: 12 of 6 rows each.
clouds <- function(classes = 12L, rows = 6L, seed = 1) {
  with_seed(seed, {
    label <- rep(seq_len(classes), each = rows)
    centre <- matrix(stats::rnorm(classes * 5), classes)
    list(x = centre[label, ] + stats::rnorm(length(label) * 5) * 0.7, label = label)
  })
}
evaluate <- function(x, label, ...) {
  evaluate_embeddings(x, label, ..., dtype = "float64", clustering = FALSE, k = c(1, 3))
}
pair_metrics <- c(
  "auc", "equal_error_rate", "tar_at_far_0.1", "positive_mean", "positive_sd", "negative_mean",
  "negative_sd", "overlap"
)

test_that("influences on metrics of pairs agree with the deletion of one class after another", {
  data <- clouds()
  evaluation <- evaluate(data$x, data$label)
  influences <- evaluation$inference$influences
  without <- vapply(unique(data$label), function(class) {
    kept <- data$label != class
    evaluate(data$x[kept, ], data$label[kept])$metrics[pair_metrics]
  }, numeric(length(pair_metrics)))
  for (metric in pair_metrics) {
    deleted <- mean(without[metric, ]) - without[metric, ]
    # A derivative differs from a deletion by terms of second order, of the size of 1 / classes; the
    # share of bins that the deletion moves makes those of rates noisier
    expect_gt(stats::cor(influences[, metric], deleted), 0.85, label = metric)
    expect_equal(
      stats::sd(influences[, metric]) / stats::sd(deleted), 1, tolerance = 0.25, label = metric
    )
  }
})

test_that("influences on retrieval are distances from the mean, and all add up to 0", {
  data <- clouds()
  evaluation <- evaluate(data$x, data$label)
  influences <- evaluation$inference$influences
  precision <- evaluation$anchors$average_precision_at_r
  by_class <- tapply(precision - mean(precision), data$label, sum) / length(precision)
  expect_equal(influences[, "map_at_r"], as.vector(by_class))
  # Sums of up to 5112 rounded shares of at most 1
  expect_lt(max(abs(colSums(influences)[c("map_at_r", "loss", pair_metrics)])), 1e-12)
})

test_that("influences on means and deviations are exact where the bins hold only some pairs", {
  skip_on_cran()
  # More than 2^21 pairs
  data <- clouds(150L, 10L)
  evaluation <- evaluate(data$x, data$label, resample = "rows")
  expect_true(any(evaluation$inference$counts$negative %% 1 != 0))
  s <- tcrossprod(naive_unit(data$x))
  diag(s) <- NA
  same <- outer(data$label, data$label, "==")
  for (kind in c("positive", "negative")) {
    s_of <- ifelse(same == (kind == "positive"), s, NA)
    mean <- mean(s_of, na.rm = TRUE)
    variance <- mean((s_of - mean)^2, na.rm = TRUE)
    # Both rows of a pair move it
    of_rows <- function(x) 2 * rowSums(x, na.rm = TRUE) / sum(!is.na(s_of))
    by_row <- cbind(of_rows(s_of - mean), of_rows((s_of - mean)^2 - variance) / 2 / sqrt(variance))
    by_part <- rowsum(by_row, evaluation$inference$parts$code)
    # The engine's sums are rounded by some 1e-16 of 1500 similarities
    expect_equal(
      unname(evaluation$inference$influences[, paste0(kind, c("_mean", "_sd"))]), unname(by_part),
      tolerance = 1e-9
    )
  }
})

test_that("the engine counts the pairs of every part by similarity", {
  data <- clouds()
  batch <- new_evaluation_batch(data$x, data$label, NULL, NULL, NULL)
  for (dtype in c("float64", "float32")) {
    settings <- new_evaluation_settings(
      1, "cosine", "exclude", 80, 0.4, dtype, FALSE, 0.95, "rows", 1, NULL
    )
    settings$same_group <- "include"
    parts <- parts_of_anchors(batch, settings)
    counts <- circleloss:::engine_evaluation(batch, settings, NULL, parts)$parts
    similarity <- tcrossprod(unit_normalize(data$x))
    same <- outer(data$label, data$label, "==")
    diag(same) <- NA
    for (kind in c("positive", "negative")) {
      for (part in seq_along(parts$size)) {
        of_part <- similarity[parts$code == part, ]
        wanted <- same[parts$code == part, ] == (kind == "positive")
        wanted <- of_part[which(wanted)]
        found <- rep(counts$similarity, counts[[kind]][, part])
        expect_length(found, length(wanted))
        # Half a bin
        half <- diff(counts$similarity[1:2]) * 0.51
        expect_lt(max(0, abs(sort(wanted) - found)), half)
      }
    }
  }
})

test_that("of many pairs all negatives of the highest bins are counted, and some of the others", {
  # 2100^2 pairs are more than 2^22, so below these one in three row segments is counted
  data <- clouds(60L, 35L)
  batch <- new_evaluation_batch(data$x, data$label, NULL, NULL, NULL)
  settings <- new_evaluation_settings(
    1, "cosine", "exclude", 80, 0.4, "float64", FALSE, 0.95, "classes", 1, NULL
  )
  settings$same_group <- "include"
  parts <- parts_of_anchors(batch, settings)
  bins <- similarity_bins(batch, "cosine")
  counts <- circleloss:::engine_evaluation(batch, settings, NULL, parts)$parts
  expect_identical(colSums(counts$positive), rep(35 * 34, 60))
  # Others stand for those that are not counted; sums of 1024 products
  expect_equal(colSums(counts$negative), rep(35 * 59 * 35, 60), tolerance = 1e-12)
  similarity <- tcrossprod(naive_unit(data$x))
  bin <- round((similarity - bins$lowest) * bins$bins_per_unit)
  naive <- vapply(1:60, function(part) {
    tabulate(bin[data$label == part, data$label != part] + 1, 1024)
  }, numeric(1024))
  highest <- seq(bins$counted_from + 1, 1024)
  expect_identical(counts$negative[highest, ], naive[highest, ])
  share <- sum(naive[highest, ]) / sum(naive)
  expect_gt(share, 0.015)
  expect_lt(share, 0.06)
  # Of each part 35 rows of several segments: the shares above differ by a few times sqrt(1 / 140)
  above <- function(counts) colSums(counts[seq(600, 1024), ]) / (35 * 59 * 35)
  expect_lt(max(abs(above(counts$negative) - above(naive))), 0.3)
})

test_that("intervals contain their estimate, and stay in the range of the metric", {
  data <- clouds()
  for (resample in c("classes", "rows")) {
    intervals <- evaluate(data$x, data$label, resample = resample)$intervals
    some <- intervals[is.na(intervals$reason), ]
    expect_gt(nrow(some), 15)
    expect_true(all(some$lower < some$estimate & some$estimate < some$upper))
    rates <- some[grepl("_at_|auc|overlap|r_precision", some$metric), ]
    expect_true(all(rates$lower >= 0 & rates$upper <= 1))
    expect_identical(is.na(intervals$lower), !is.na(intervals$reason))
  }
})

test_that("a higher level widens intervals, and more classes narrow them", {
  data <- clouds()
  narrow <- evaluate(data$x, data$label, level = 0.8)$intervals
  wide <- evaluate(data$x, data$label)$intervals
  some <- !is.na(wide$lower)
  expect_true(all((wide$upper - wide$lower > narrow$upper - narrow$lower)[some]))
  data <- clouds(96L)
  many <- evaluate(data$x, data$label)$intervals
  expect_lt(
    many$standard_error[many$metric == "map_at_r"], wide$standard_error[wide$metric == "map_at_r"]
  )
})

test_that("the order of rows does not matter where classes are sampled", {
  data <- clouds()
  intervals <- evaluate(data$x, data$label)$intervals
  order <- with_seed(2, sample.int(length(data$label)))
  shuffled <- evaluate(data$x[order, ], data$label[order])$intervals
  # All rows are looked at for the bins; sums are taken in another order
  drawn <- intervals$metric == "loss_chance"
  expect_equal(shuffled[!drawn, ], intervals[!drawn, ], tolerance = 1e-9)
})

test_that("the number of threads does not matter", {
  data <- clouds(60L)
  before <- circleloss_threads(1)
  one <- evaluate(data$x, data$label)$intervals
  circleloss_threads(2)
  expect_identical(evaluate(data$x, data$label)$intervals, one)
  circleloss_threads(before)
})

test_that("there is a reason wherever there is no interval", {
  data <- clouds(7L)
  reasons <- evaluate(data$x, data$label)$intervals
  expect_match(reasons$reason[reasons$metric == "auc"], "7 classes, at least 8 are needed")
  rows <- evaluate(data$x, data$label, resample = "rows")$intervals
  expect_false(anyNA(rows$lower[rows$metric %in% c("auc", "map_at_r", "loss")]))
  far <- rows$reason[rows$metric == "tar_at_far_0.00001"]
  expect_match(far, "fewer than 10 false accepts")
  expect_match(rows$reason[rows$metric == "nmi"], "depend on all rows")
  uneven <- with_seed(3, evaluate(
    matrix(stats::rnorm(600), 200), c(rep(1, 164), rep(2:10, each = 4))
  ))$intervals
  expect_match(uneven$reason[uneven$metric == "auc"], "tell no more than 1[.]0 equal ones")
  expect_match(
    suppressWarnings(evaluate(data$x, seq_along(data$label)))$intervals$reason[[1]],
    "not defined"
  )
})

test_that("an anchor of one positive counts with it where only the first positive counts", {
  positives <- c(1, 2, 9, 100)
  expect_identical(times_of_few_positives(positives)[[1]] * 1.25, 2)
  expect_identical(times_of_few_positives(positives)[[4]], 1)
  expect_false(is.unsorted(rev(times_of_few_positives(positives))))
  # Pairs: factors of 2 for both
  data <- with_seed(5, list(x = matrix(stats::rnorm(480), 120), label = rep(1:60, each = 2)))
  found <- evaluate(data$x, data$label, resample = "rows")$intervals
  error <- function(metric) found$standard_error[found$metric == metric]
  expect_equal(error("mean_reciprocal_rank"), error("mean_average_precision"))
})

test_that("references of their own are held fixed", {
  data <- clouds()
  queries <- seq(1, 72, by = 2)
  evaluation <- evaluate(
    data$x[queries, ], data$label[queries], data$x[-queries, ], data$label[-queries]
  )
  auc <- evaluation$intervals[evaluation$intervals$metric == "auc", ]
  expect_lt(auc$lower, auc$estimate)
  rows <- list(resample = "rows", same_group = "include")
  expect_identical(ends_of_pairs(rows, FALSE), c(positive = 1, negative = 1))
})

test_that("distances and inner products have intervals too", {
  data <- clouds(24L)
  for (metric in c("euclidean", "inner_product")) {
    evaluation <- evaluate(unit_normalize(data$x), data$label, metric = metric)
    some <- evaluation$intervals[is.na(evaluation$intervals$reason), ]
    expect_true(all(c("auc", "positive_mean", "map_at_r") %in% some$metric))
    expect_true(all(some$lower < some$estimate & some$estimate < some$upper))
  }
})

test_that("a wrong level or population is an error", {
  data <- clouds()
  for (level in list(0, 1, NA, "a", c(0.9, 0.95))) {
    expect_error(evaluate(data$x, data$label, level = level), class = "circleloss_error_parameter")
  }
  expect_error(
    evaluate(data$x, data$label, resample = "pairs"), class = "circleloss_error_parameter"
  )
})

# Speakers with a shift of their own say each of 4 words twice.
speakers <- function(count = 12L, seed = 1) {
  with_seed(seed, {
    group <- rep(seq_len(count), each = 8L)
    label <- rep(rep(1:4, 2), count)
    words <- matrix(stats::rnorm(4 * 5), 4)
    shift <- 0.7 * matrix(stats::rnorm(count * 5), count)
    noise <- 0.3 * matrix(stats::rnorm(length(label) * 5), length(label))
    list(x = words[label, ] + shift[group, ] + noise, label = label, group = group)
  })
}

test_that("whole groups are resampled, which makes intervals wider where their rows are alike", {
  data <- speakers()
  groups <- evaluate(data$x, data$label, group = data$group, resample = "groups")
  rows <- evaluate(data$x, data$label, group = data$group, resample = "rows")
  expect_identical(groups$metrics, rows$metrics)
  expect_identical(groups$intervals$parts[[1]], 12L)
  width <- function(x) rlang::set_names(x$intervals$upper - x$intervals$lower, x$intervals$metric)
  expect_gt(min((width(groups) / width(rows))[c("map_at_r", "auc")]), 1)
})

test_that("influences of groups on metrics of pairs agree with the deletion of one after another", {
  data <- speakers(24L)
  evaluation <- evaluate(data$x, data$label, group = data$group, resample = "groups")
  influences <- evaluation$inference$influences
  without <- vapply(unique(data$group), function(group) {
    kept <- data$group != group
    evaluate(data$x[kept, ], data$label[kept], group = data$group[kept])$metrics[pair_metrics]
  }, numeric(length(pair_metrics)))
  for (metric in c("auc", "positive_mean", "negative_mean")) {
    deleted <- mean(without[metric, ]) - without[metric, ]
    # As above; these are means over pairs, whose deletion is nearly linear
    expect_gt(stats::cor(influences[, metric], deleted), 0.95, label = metric)
    expect_equal(
      stats::sd(influences[, metric]) / stats::sd(deleted), 1, tolerance = 0.15, label = metric
    )
  }
})

test_that("groups can be resampled only if there are any, and enough of them", {
  data <- speakers(6L)
  expect_error(
    evaluate(data$x, data$label, resample = "groups"), "needs `group`",
    class = "circleloss_error_parameter"
  )
  few <- evaluate(data$x, data$label, group = data$group, resample = "groups")$intervals
  expect_true(all(is.na(few$lower)))
  expect_match(few$reason[few$metric == "auc"], "6 groups, at least 8 are needed")
})
