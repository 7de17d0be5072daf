# The layers of a map: a linear path and, beside it, hidden layers whose output is added to it.
#
# `layers` is a list of matrices:
#   linear    R + 1 x D: the last row is the intercept
#   hidden    a list, each of one row more than the layer before has columns, likewise
#   readout   H x D, from the last hidden layer; NULL without hidden layers
#
# Units of hidden layers are rectified. The readout starts at zero in the dimensions that the linear
# path fills, so that a map with hidden layers starts as the linear one, and learns what is missing
# there.

map_forward <- function(layers, x) {
  x <- with_ones(x)
  images <- x %*% layers$linear
  activations <- list()
  previous <- x
  for (weights in layers$hidden) {
    active <- pmax_zero(previous %*% weights)
    activations <- c(activations, list(active))
    previous <- with_ones(active)
  }
  if (length(activations) > 0L) {
    images <- images + active %*% layers$readout
  }
  list(images = images, inputs = x, activations = activations)
}

# The gradients of the layers, a list of the same form, from the one with respect to the images.
map_backward <- function(layers, forward, gradient) {
  result <- list(linear = crossprod(forward$inputs, gradient))
  depth <- length(layers$hidden)
  if (depth == 0L) {
    return(result)
  }
  result$hidden <- layers$hidden
  result$readout <- crossprod(forward$activations[[depth]], gradient)
  arriving <- tcrossprod(gradient, layers$readout)
  for (layer in rev(seq_len(depth))) {
    arriving <- arriving * (forward$activations[[layer]] > 0)
    below <- if (layer > 1L) with_ones(forward$activations[[layer - 1L]]) else forward$inputs
    result$hidden[[layer]] <- crossprod(below, arriving)
    if (layer > 1L) {
      weights <- layers$hidden[[layer]]
      arriving <- tcrossprod(arriving, weights[-nrow(weights), , drop = FALSE])
    }
  }
  result
}

with_ones <- function(x) cbind(x, rep(1, nrow(x)), deparse.level = 0)

pmax_zero <- function(x) x * (x > 0)

# Random layers beside a linear path; the numbers keep the spread of their input (He et al., 2015).
new_hidden_layers <- function(linear, hidden) {
  layers <- list(linear = linear)
  if (length(hidden) == 0L) {
    return(layers)
  }
  inputs <- c(nrow(linear) - 1L, hidden)
  layers$hidden <- lapply(seq_along(hidden), function(layer) {
    count <- inputs[[layer]] * hidden[[layer]]
    weights <- matrix(stats::rnorm(count, 0, sqrt(2 / inputs[[layer]])), inputs[[layer]])
    rbind(weights, 0)
  })
  # In a dimension where all images are 0 they would stay so: nothing tells which way to go
  units <- hidden[[length(hidden)]]
  empty <- colSums(linear^2) == 0
  layers$readout <- matrix(0, units, ncol(linear))
  layers$readout[, empty] <- stats::rnorm(units * sum(empty), 0, 0.1 / sqrt(units))
  layers
}

# As one vector and back -----------------------------------------------------------------------

layer_vector <- function(layers) unlist(layers, use.names = FALSE)

layers_like <- function(layers, vector) utils::relist(vector, layers)

# What is minimised ----------------------------------------------------------------------------

# The circle loss of the rows, divided by gamma and their number, and the decay towards the start:
# the squared distance to it, relative to the squared length of its linear path. Weights have no
# scale of their own, since images are compared as rows of length 1: shrinking them towards zero
# would change nothing.
new_objective <- function(x, codes, start, settings, decay) {
  begin <- layer_vector(start)
  scale <- decay / sum(start$linear^2)
  function(vector) {
    layers <- layers_like(start, vector)
    forward <- map_forward(layers, x)
    loss <- loss_circle_gradient(
      codes, forward$images,
      gamma = settings$gamma, margin = settings$margin, reduction = "sum", normalize = TRUE,
      dtype = settings$dtype
    )
    per_row <- 1 / (settings$gamma * nrow(x))
    away <- vector - begin
    list(
      value = loss$value * per_row + scale * sum(away^2),
      gradient = layer_vector(map_backward(layers, forward, loss$gradient)) * per_row +
        2 * scale * away
    )
  }
}
