# From the coordinates of the fit to standardised columns, and to the axes of the images.

# list(layers, sample, chosen, scores, course, interrupted): layers take standardised rows. The
# images are turned so that their spread falls from dimension to dimension, which changes no cosine.
finish_map <- function(fit, reduced, codes) {
  rows <- seq_along(codes)
  if (length(rows) > most_sampled_rows) {
    rows <- sort(sample.int(length(rows), most_sampled_rows))
  }
  map <- fit[c("basis", "layers")]
  images <- unit_images(map_images(map, reduced$x[rows, , drop = FALSE]))
  axes <- axes_of(images)
  basis <- if (is.null(reduced$rotation)) map$basis else reduced$rotation %*% map$basis
  layers <- turn_layers(fold_basis(map$layers, basis), axes)
  shown <- rows[seq(1L, length(rows), by = ceiling(length(rows) / most_shown_rows))]
  list(
    layers = layers,
    sample = list(
      embedding = images[match(shown, rows), , drop = FALSE] %*% axes, codes = codes[shown]
    ),
    chosen = fit$chosen,
    scores = fit$scores,
    course = fit$course,
    interrupted = fit$interrupted
  )
}

# Orthogonal directions in falling order of the spread of the images along them, without those along
# which all images are 0.
axes_of <- function(images) {
  axes <- eigen(stats::cov(images), symmetric = TRUE)$vectors
  filled <- colSums((images %*% axes)^2) > least_variance * nrow(images)
  fix_signs(axes[, filled, drop = FALSE])
}

# The rows that axes are found by, and how many of them are kept for the plot
most_sampled_rows <- 20000L
most_shown_rows <- 1000L

fold_basis <- function(layers, basis) {
  fold <- function(weights) {
    last <- nrow(weights)
    rbind(basis %*% weights[-last, , drop = FALSE], weights[last, ], deparse.level = 0)
  }
  layers$linear <- fold(layers$linear)
  if (length(layers$hidden) > 0L) {
    layers$hidden[[1]] <- fold(layers$hidden[[1]])
  }
  layers
}

turn_layers <- function(layers, axes) {
  layers$linear <- layers$linear %*% axes
  if (!is.null(layers$readout)) {
    layers$readout <- layers$readout %*% axes
  }
  layers
}

# Of length 1, as predict() returns them.
unit_images <- function(images) .Call(ffi_unit_normalize, images)
