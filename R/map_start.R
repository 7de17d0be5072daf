# Where the fit of a map begins: standardised columns, and shrunken discriminants or principal
# components of them.

# Standardising --------------------------------------------------------------------------------

# list(centre, scale): what is subtracted from each column, and what it is then divided by: its own
# standard deviation, or the largest one. Constant columns are divided by infinity, and so have no
# part in the map.
new_standard <- function(x, scale) {
  # In units of its largest number no column overflows when squared
  unit <- apply(abs(x), 2, max)
  relative <- t(t(x) / ifelse(unit > 0, unit, 1))
  centre <- colMeans(relative)
  spread <- sqrt(colMeans(t(t(relative) - centre)^2))
  constant <- spread <= 1e-12
  spread <- spread * unit
  list(
    centre = centre * unit,
    scale = ifelse(constant, Inf, if (scale) spread else max(spread))
  )
}

standardise <- function(x, standard) {
  t((t(unname(x)) - standard$centre) / standard$scale)
}

# More columns than rows: the rows in the coordinates of their principal components, which lose
# nothing of them. list(x, rotation), without one where it is not needed.
reduce_columns <- function(x) {
  if (ncol(x) <= nrow(x)) {
    return(list(x = x, rotation = NULL))
  }
  parts <- eigen(tcrossprod(x), symmetric = TRUE)
  kept <- parts$values > least_variance * parts$values[[1]]
  left <- parts$vectors[, kept, drop = FALSE]
  rotation <- fix_signs(crossprod(x, t(t(left) / sqrt(parts$values[kept]))))
  list(x = x %*% rotation, rotation = rotation)
}

# Starts ---------------------------------------------------------------------------------------

# Directions with less than this share of the largest variance are taken for rounding
least_variance <- 1e-10

# The covariances of the rows: list(total, between, within), the last as its eigenvalues and
# eigenvectors. The classes only matter for discriminants.
class_scatter <- function(x, codes, start) {
  total <- crossprod(x) / nrow(x)
  if (start == "pca") {
    return(list(total = total))
  }
  class <- match(codes, unique(codes))
  means <- rowsum(x, class, reorder = FALSE) / tabulate(class)
  within <- crossprod(x - means[class, , drop = FALSE]) / nrow(x)
  list(total = total, between = total - within, within = eigen(within, symmetric = TRUE))
}

# list(basis, layers): coordinates of the standardised rows, P x R, and layers that begin there.
new_start <- function(scatter, dim, settings) {
  start <- if (settings$start == "pca") {
    principal_components(scatter)
  } else {
    discriminants(scatter, settings$shrinkage)
  }
  lift <- settings$lift
  kept <- seq_len(min(dim - (lift > 0), ncol(start$basis)))
  linear <- matrix(0, ncol(start$basis), dim)
  linear[cbind(kept, kept)] <- start$weights[kept]
  # Images have a mean squared length of 1, apart from the constant in the last dimension
  directions <- start$basis %*% linear
  linear <- linear / sqrt(sum(directions * (scatter$total %*% directions)))
  intercept <- numeric(dim)
  intercept[[dim]] <- lift
  list(
    basis = start$basis,
    layers = new_hidden_layers(rbind(linear, intercept, deparse.level = 0), settings$hidden)
  )
}

principal_components <- function(scatter) {
  parts <- eigen(scatter$total, symmetric = TRUE)
  kept <- parts$values > least_variance * parts$values[[1]]
  list(basis = fix_signs(parts$vectors[, kept, drop = FALSE]), weights = rep(1, sum(kept)))
}

# Fisher's discriminants, with the covariances within classes shrunken towards those of independent
# columns of one variance. They have the variance 1 within classes; `weights` are lower for those
# along which the classes differ less.
discriminants <- function(scatter, shrinkage) {
  within <- scatter$within
  typical <- mean(pmax(within$values, 0))
  if (typical <= 0) {
    # Equal rows in every class
    typical <- mean(diag(scatter$between))
    shrinkage <- 1
  }
  variances <- (1 - shrinkage) * pmax(within$values, 0) + shrinkage * typical
  kept <- variances > least_variance * max(variances)
  vectors <- within$vectors[, kept, drop = FALSE]
  whitening <- vectors * rep(1 / sqrt(variances[kept]), each = nrow(vectors))
  found <- eigen(crossprod(whitening, scatter$between %*% whitening), symmetric = TRUE)
  ratio <- pmax(found$values, 0)
  list(
    basis = fix_signs(whitening %*% found$vectors),
    # A root of the share of the variance that is between classes: see bench/maps
    weights = pmax(ratio / (1 + ratio), least_share)^weight_power
  )
}

weight_power <- 0.35

# So that directions along which the means of the classes agree can still be learnt
least_share <- 1e-3

# The largest number of each column is positive, since the signs of eigenvectors are arbitrary.
fix_signs <- function(directions) {
  largest <- max.col(t(abs(directions)), ties.method = "first")
  signs <- sign(directions[cbind(largest, seq_len(ncol(directions)))])
  directions * rep(ifelse(signs == 0, 1, signs), each = nrow(directions))
}
