# Minimising a smooth function of a vector by limited-memory BFGS (Nocedal, 1980).

# How many past steps tell of the curvature
remembered_steps <- 10L

# A smaller gain ends the work. The value of a loss is mostly its logarithm of the number of pairs,
# so that a share of the value would be no measure.
least_gain <- 1e-6

# `objective(vector)` returns list(value, gradient). After every step `report(step, vector, value)`
# is called, and says whether to go on. Ends early where a step changes next to nothing.
minimise_lbfgs <- function(objective, vector, steps, report) {
  current <- objective(vector)
  moves <- list()
  for (step in seq_len(steps)) {
    direction <- -newton_like(current$gradient, moves, vector)
    slope <- sum(direction * current$gradient)
    if (slope >= 0) {
      break
    }
    new <- search_line(objective, vector, current, direction, slope)
    if (is.null(new)) {
      break
    }
    moves <- remember_move(moves, new$vector - vector, new$gradient - current$gradient)
    vector <- new$vector
    gained <- current$value - new$value
    current <- new
    if (!report(step, vector, current$value) || gained < least_gain) {
      break
    }
  }
  vector
}

# The gradient, multiplied by the estimated inverse of the matrix of second derivatives.
newton_like <- function(gradient, moves, vector) {
  if (length(moves) == 0L) {
    # A first move of a twentieth of the length of the vector
    length <- sqrt(sum(gradient^2))
    return(if (length > 0) gradient * (0.05 * sqrt(sum(vector^2)) / length) else gradient)
  }
  along <- numeric(length(moves))
  for (i in rev(seq_along(moves))) {
    along[[i]] <- sum(moves[[i]]$move * gradient) / moves[[i]]$curvature
    gradient <- gradient - along[[i]] * moves[[i]]$change
  }
  last <- moves[[length(moves)]]
  gradient <- gradient * (last$curvature / sum(last$change^2))
  for (i in seq_along(moves)) {
    across <- sum(moves[[i]]$change * gradient) / moves[[i]]$curvature
    gradient <- gradient + (along[[i]] - across) * moves[[i]]$move
  }
  gradient
}

# A move along which the function is not convex says nothing of the inverse.
remember_move <- function(moves, move, change) {
  curvature <- sum(move * change)
  if (curvature > 1e-10 * sqrt(sum(move^2) * sum(change^2))) {
    moves <- c(moves, list(list(move = move, change = change, curvature = curvature)))
  }
  utils::tail(moves, remembered_steps)
}

# Halves the move until the value falls by a part of what the slope promises (Armijo, 1966); NULL
# where twenty halvings do not suffice, which is where rounding hides any descent.
search_line <- function(objective, vector, current, direction, slope) {
  for (length in 2^-(0:20)) {
    at <- vector + length * direction
    new <- objective(at)
    if (is.finite(new$value) && new$value <= current$value + 1e-4 * length * slope) {
      new$vector <- at
      return(new)
    }
  }
  NULL
}
