# The fit of a map: settings are chosen by held-out rows, then all rows are fitted.

# With more rows, batches are used
most_rows_at_once <- 5000L

# `x` standardised, `codes` the classes from 1 on, both in canonical_order(). Returns list(basis,
# layers, chosen, scores, course, interrupted). An interrupt ends the work with the best map so far.
fit_map <- function(x, codes, settings) {
  watch <- new_watch(planned_steps(codes, settings))
  on.exit(watch$close())
  tryCatch(
    {
      choice <- choose_settings(x, codes, settings, watch)
      watch$keep_choice(choice)
      chosen <- utils::modifyList(settings, choice$chosen)
      trained <- train_map(x, codes, chosen, watch$final(choice$chosen$steps))
      watch$keep_map(trained)
    },
    interrupt = function(condition) {
      scatter <- class_scatter(x, codes, settings$start)
      watch$keep_interrupt(new_start(scatter, settings$dim, first_choice(settings)))
    }
  )
  watch$result()
}

# The map of these rows. `report(step, map, loss)` is called after every step, where `map()` makes
# the map at that step, and says whether to go on.
train_map <- function(x, codes, settings, report, scatter = NULL) {
  if (is.null(scatter)) {
    scatter <- class_scatter(x, codes, settings$start)
  }
  start <- new_start(scatter, settings$dim, settings)
  inputs <- x %*% start$basis
  map_of <- function(vector) {
    list(basis = start$basis, layers = layers_like(start$layers, vector))
  }
  vector <- layer_vector(start$layers)
  if (!report(0L, function() map_of(vector), NA_real_) || settings$steps == 0L) {
    return(map_of(vector))
  }
  if (settings$method == "lbfgs") {
    objective <- new_objective(inputs, codes, start$layers, settings, settings$decay)
    vector <- minimise_lbfgs(objective, vector, settings$steps, function(step, vector, value) {
      report(step, function() map_of(vector), value)
    })
  } else {
    batches <- new_batch_gradient(inputs, codes, start$layers, settings, settings$decay)
    vector <- minimise_adam(batches$gradient_at, vector, settings$steps, function(step, vector) {
      report(step, function() map_of(vector), batches$recent_loss())
    })
  }
  map_of(vector)
}

# Images of standardised rows, not yet of length 1.
map_images <- function(map, x) map_forward(map$layers, x %*% map$basis)$images

# What the fit has so far -----------------------------------------------------------------------

# Keeps what an interrupt must not lose, and drives the progress bar. `planned` is the number of
# steps that are expected.
new_watch <- function(planned) {
  kept <- list(interrupted = FALSE)
  best_score <- -Inf
  course <- list()
  bar <- if (rlang::is_interactive()) new_progress_bar("Fitting a map")
  begun <- Sys.time()
  done <- 0

  tick <- function() {
    done <<- done + 1
    late <- as.double(Sys.time() - begun, units = "secs") > 2
    if (!is.null(bar) && late) {
      bar$report(min(done / planned, 1))
    }
  }
  list(
    tick = tick,
    keep_scored = function(map, score) {
      if (isTRUE(score > best_score)) {
        best_score <<- score
        kept[c("basis", "layers")] <<- map[c("basis", "layers")]
      }
    },
    keep_choice = function(choice) kept[c("chosen", "scores")] <<- choice[c("chosen", "scores")],
    keep_map = function(map) kept[c("basis", "layers")] <<- map[c("basis", "layers")],
    final = function(steps) {
      planned <<- done + steps
      function(step, map, loss) {
        tick()
        kept[c("basis", "layers")] <<- map()[c("basis", "layers")]
        course <<- c(course, list(data.frame(step = step, loss = loss)))
        TRUE
      }
    },
    keep_interrupt = function(start) {
      kept$interrupted <<- TRUE
      if (is.null(kept$layers)) {
        kept[c("basis", "layers")] <<- start[c("basis", "layers")]
      }
    },
    close = function() if (!is.null(bar)) bar$close(),
    result = function() c(kept, list(course = do.call(rbind, course)))
  )
}
