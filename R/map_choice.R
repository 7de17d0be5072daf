# Choosing the start, the decay and the number of steps by rows or classes that are held out.

# What is tried where the user has not chosen it
tried_shrinkage <- c(0.003, 0.03, 0.1, 0.3, 0.6, 0.9)
tried_lift <- c(0, 0.5, 1, 2)
tried_decay <- c(0.01, 0.1, 1)

# Steps after which a map is scored
scored_steps <- function(steps) {
  sort(unique(c(pmin(c(1L, 2L, 5L, 10L, 20L, 40L, 70L), steps), steps)))
}

# Of the many steps with batches
scored_batches <- function(steps) unique(round(seq(0, steps, length.out = 11L)))

# list(chosen, scores): the settings, and a data frame of all that were tried, with the mean score
# of the folds. With many rows, the start and the decay are chosen by some of them, and only the
# number of steps by all.
choose_settings <- function(x, codes, settings, watch) {
  if (settings$hold_out == "none") {
    return(list(chosen = first_choice(settings)[chosen_settings]))
  }
  if (settings$method == "lbfgs") {
    return(choose_at_once(x, codes, settings, watch))
  }
  some <- sort(sample.int(length(codes), min(length(codes), most_rows_at_once)))
  at_once <- utils::modifyList(settings, list(
    method = "lbfgs", steps = min(settings$steps, 100L), dtype = "float64"
  ))
  choice <- choose_at_once(x[some, , drop = FALSE], codes[some], at_once, watch)
  of_start <- c("start", "shrinkage", "lift", "decay")
  settings[of_start] <- choice$chosen[of_start]
  trained <- score_steps(
    x, codes, new_folds(codes, settings), settings, scored_batches(settings$steps), watch
  )
  scores <- rbind(choice$scores, trained)
  if (is.null(trained)) {
    return(list(chosen = first_choice(settings)[chosen_settings], scores = scores))
  }
  list(chosen = as.list(best_row(trained)[chosen_settings]), scores = scores)
}

choose_at_once <- function(x, codes, settings, watch) {
  folds <- new_folds(codes, settings)
  if (length(folds) == 0L) {
    return(list(chosen = first_choice(settings)[chosen_settings]))
  }
  folds <- lapply(folds, function(fold) {
    trained <- x[fold$trained, , drop = FALSE]
    fold$scatter <- class_scatter(trained, codes[fold$trained], settings$start)
    fold
  })
  starts <- score_starts(x, codes, folds, settings, watch)
  of_start <- c("start", "shrinkage", "lift")
  settings[of_start] <- best_row(starts)[of_start]
  decays <- if (settings$steps > 0L) settings$decay %or% tried_decay
  trained <- lapply(decays, function(decay) {
    settings$decay <- decay
    score_steps(x, codes, folds, settings, scored_steps(settings$steps), watch)
  })
  scores <- rbind(starts, do.call(rbind, trained))
  list(chosen = as.list(best_row(scores)[chosen_settings]), scores = scores)
}

chosen_settings <- c("start", "shrinkage", "lift", "decay", "steps")

# Without held-out rows, or before they have told anything.
first_choice <- function(settings) {
  utils::modifyList(settings, list(
    start = if (settings$start == "auto") "lda" else settings$start,
    shrinkage = settings$shrinkage %or% 0.1,
    lift = settings$lift %or% (if (settings$dim > 1L) 0.5 else 0),
    decay = settings$decay %or% 0.1
  ))
}

`%or%` <- function(x, other) if (is.null(x)) other else x

# The first of the rows with the best score.
best_row <- function(scores) scores[which.max(scores$score), ]

# The maps before any step.
score_starts <- function(x, codes, folds, settings, watch) {
  tried <- starts_to_try(settings)
  scores <- vapply(seq_len(nrow(tried)), function(i) {
    settings[names(tried)] <- tried[i, ]
    mean(vapply(folds, function(fold) {
      start <- new_start(fold$scatter, settings$dim, settings)
      score <- score_images(map_images(start, x[fold$scored, , drop = FALSE]), codes[fold$scored])
      watch$keep_scored(start, score)
      score
    }, 0), na.rm = TRUE)
  }, 0)
  data.frame(
    method = settings$method, tried,
    # Without a step it does not matter
    decay = settings$decay %or% 0.1, steps = 0L, score = scores
  )
}

# The shrinkage only matters for discriminants.
starts_to_try <- function(settings) {
  lift <- settings$lift %or% (if (settings$dim > 1L) tried_lift else 0)
  shrinkage <- settings$shrinkage %or% tried_shrinkage
  rbind(
    if (settings$start != "pca") {
      expand.grid(lift = lift, shrinkage = shrinkage, start = "lda", stringsAsFactors = FALSE)
    },
    if (settings$start != "lda") {
      expand.grid(lift = lift, shrinkage = 0, start = "pca", stringsAsFactors = FALSE)
    }
  )[c("start", "shrinkage", "lift")]
}

# The maps after each of the numbers of steps `at`.
score_steps <- function(x, codes, folds, settings, at, watch) {
  if (length(folds) == 0L) {
    return(NULL)
  }
  scores <- vapply(folds, function(fold) {
    score_fold(x, codes, fold, settings, at, watch)
  }, numeric(length(at)))
  data.frame(
    method = settings$method, start = settings$start, shrinkage = settings$shrinkage,
    lift = settings$lift, decay = settings$decay, steps = as.integer(at),
    score = rowMeans(matrix(scores, length(at)), na.rm = TRUE)
  )
}

# The scores of the held-out rows after the steps `at`, by the map of the others. A fit that ends
# early keeps its last score.
score_fold <- function(x, codes, fold, settings, at, watch) {
  held_out <- x[fold$scored, , drop = FALSE]
  scores <- rep(NA_real_, length(at))
  report <- function(step, map, loss) {
    watch$tick()
    now <- match(step, at)
    if (!is.na(now)) {
      map <- map()
      scores[now:length(at)] <<- score_images(map_images(map, held_out), codes[fold$scored])
      watch$keep_scored(map, scores[[now]])
    }
    is.na(now) || isTRUE(scores[[now]] > max(scores[seq_len(now)]) - hopeless_fall)
  }
  rows <- fold$trained
  train_map(x[rows, , drop = FALSE], codes[rows], settings, report, fold$scatter)
  scores
}

# The mean of MAP@R, which judges the nearest neighbours, and of the area under the ROC curve, which
# judges one threshold for all pairs.
score_images <- function(images, codes) {
  batch <- new_evaluation_batch(images, codes, NULL, NULL, NULL)
  settings <- list(metric = "cosine", k = 1L, dtype = "float32", same_group = "include")
  pairs <- engine_evaluation(batch, settings, NULL)
  retrieval <- mean(pairs$anchors$average_precision_at_r, na.rm = TRUE)
  verification <- area_of_counts(pairs$similarities)
  mean(c(retrieval, verification), na.rm = TRUE)
}

# Where the score has fallen by more, a fit is given up
hopeless_fall <- 0.03

# The chance that a positive pair is more similar than a negative one; ties count half. The counts
# are in ascending order of the similarity.
area_of_counts <- function(counts) {
  below <- cumsum(counts$negative) - counts$negative / 2
  sum(counts$positive * below) / (sum(counts$positive) * sum(counts$negative))
}

# Folds ----------------------------------------------------------------------------------------

# With more rows, one part is held out once
most_rows_in_folds <- 2000L
most_rows_held_out <- 2000L

# A list of list(trained, scored), positions of rows; empty if nothing is held out or too few rows
# are left.
new_folds <- function(codes, settings) {
  folds <- switch(settings$hold_out,
    none = list(),
    rows = row_folds(codes),
    classes = class_folds(codes)
  )
  Filter(function(fold) has_pairs(codes[fold$trained]) && has_pairs(codes[fold$scored]), folds)
}

has_pairs <- function(codes) {
  length(unique(codes)) > 1L && anyDuplicated(codes) > 0L
}

# Half of the rows are held out, of every class, and then the other half; three times over. With
# many rows a fifth is held out once.
row_folds <- function(codes) {
  few <- length(codes) <= most_rows_in_folds
  parts <- lapply(seq_len(if (few) 3L else 1L), function(time) {
    deal_rows(codes, if (few) 2L else 5L)
  })
  unlist(lapply(parts, function(part) {
    lapply(if (few) 1:2 else 1L, function(number) new_fold(part == number))
  }), recursive = FALSE)
}

# The numbers 1 to `count`, dealt to the rows of each class in random order.
deal_rows <- function(codes, count) {
  part <- integer(length(codes))
  for (rows in split(seq_along(codes), codes)) {
    part[rows] <- rep_len(sample.int(count), length(rows))[sample.int(length(rows))]
  }
  part
}

class_folds <- function(codes) {
  classes <- unique(codes)
  part <- rep_len(1:3, length(classes))[sample.int(length(classes))]
  count <- if (length(codes) <= most_rows_in_folds) 3L else 1L
  lapply(seq_len(count), function(number) new_fold(part[match(codes, classes)] == number))
}

new_fold <- function(held_out) {
  scored <- which(held_out)
  if (length(scored) > most_rows_held_out) {
    scored <- sort(scored[sample.int(length(scored), most_rows_held_out)])
  }
  list(trained = which(!held_out), scored = scored)
}

# How many steps the fit takes if all are done, for the progress bar.
planned_steps <- function(codes, settings) {
  rows <- min(length(codes), most_rows_at_once)
  few <- rows <= most_rows_in_folds
  folds <- switch(settings$hold_out,
    none = 0,
    rows = if (few) 6 else 1,
    classes = if (few) 3 else 1
  )
  tried <- length(settings$decay %or% tried_decay)
  if (settings$method == "lbfgs") {
    1 + settings$steps * (1 + folds * tried)
  } else {
    1 + 2 * settings$steps + min(settings$steps, 100) * folds * tried
  }
}
